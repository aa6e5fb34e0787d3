import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { ENDED_STATUSES } from '../workflow/ended-execution.ts';
import { JOB_TIMEOUTS, jobMachine } from '../workflow/job-machine.ts';
import { type JobStates, NEW_BACKUPS_STATES, SCAN_STATES } from '../workflow/job-states.ts';
import type { Records } from './records.ts';
import { ServiceFunction, type ServiceFunctionProps } from './service-function.ts';
import type { ServiceSecrets } from './service-secrets.ts';

interface CatalogueProps {
  records: Records;
  secrets: ServiceSecrets;
  backups: IBucket;
  verifications: StateMachine;
}

/** What fills the catalogue besides the API: scans, the verification of new backups, and the news of objects that land. */
export class Catalogue extends Construct {
  /** Looks for backups in a bucket. */
  readonly scans: StateMachine;
  /** Has new backups verified, a few at a time. */
  readonly newBackups: StateMachine;
  readonly #records: Records;
  readonly #failure: ServiceFunction;

  constructor(scope: Construct, id: string, { records, secrets, backups, verifications }: CatalogueProps) {
    super(scope, id);
    this.#records = records;
    this.#failure = this.#function('record-job-failure', 'Ends a job as failed', {}, JOB_TIMEOUTS.record);
    const verificationArn = { VERIFICATION_STATE_MACHINE_ARN: verifications.stateMachineArn };

    const verify = this.#function('verify-new-backups', 'Keeps a few verifications going', verificationArn);
    verifications.grantStartExecution(verify);
    this.newBackups = this.#machine('NewBackups', 'Verifies what is new in the catalogue', NEW_BACKUPS_STATES, verify);

    const scan = this.#function('scan-part', 'Registers the backups that a part of a bucket holds', {
      ...secrets.environment,
      NEW_BACKUPS_STATE_MACHINE_ARN: this.newBackups.stateMachineArn,
    });
    secrets.grantRead(scan);
    backups.grantRead(scan);
    this.newBackups.grantStartExecution(scan);
    this.scans = this.#machine('Scan', "Looks for Jagad's backups in a bucket", SCAN_STATES, scan);

    const created = this.#function('object-created', 'Registers a backup as it lands in the bucket', verificationArn);
    verifications.grantStartExecution(created);
    new Rule(this, 'ObjectCreated', {
      description: 'Full backups that Jagad has written',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [backups.bucketName] }, object: { key: [{ prefix: 'backups/' }] } },
      },
      targets: [new LambdaFunction(created, { retryAttempts: 10 })],
    });

    const endedBecause = 'Ends a job whose execution ended without saying so';
    const ended = this.#function('record-ended-job', endedBecause, {}, JOB_TIMEOUTS.record);
    new Rule(this, 'ExecutionEnded', {
      description: 'Jobs that were stopped, timed out, or failed where no Catch sees it',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [this.scans.stateMachineArn, this.newBackups.stateMachineArn],
          status: [...ENDED_STATUSES],
        },
      },
      targets: [new LambdaFunction(ended, { retryAttempts: 10 })],
    });
  }

  #function(
    entry: string,
    description: string,
    environment: ServiceFunctionProps['environment'],
    timeout = JOB_TIMEOUTS.part,
  ) {
    const fn = new ServiceFunction(this, entry, {
      entry,
      description,
      environment: { ...this.#records.environment, ...environment },
      timeout,
    });
    this.#records.grantReadWrite(fn);
    return fn;
  }

  #machine(id: string, comment: string, states: JobStates, part: ServiceFunction): StateMachine {
    const scope = new Construct(this, id);
    return new StateMachine(scope, 'Machine', {
      comment,
      definitionBody: DefinitionBody.fromChainable(jobMachine(scope, states, { part, failure: this.#failure })),
      timeout: JOB_TIMEOUTS.execution,
      tracingEnabled: true,
    });
  }
}
