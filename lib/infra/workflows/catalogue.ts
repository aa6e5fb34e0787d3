import { Rule } from 'aws-cdk-lib/aws-events';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { CONTENTS_STATES, type JobStates, NEW_BACKUPS_STATES, SCAN_STATES } from '../../backups/scan/job-states.ts';
import type { ServiceData } from '../data/service-data.ts';
import { ServiceFunction, type ServiceFunctionProps } from '../functions/service-function.ts';
import { JOB_TIMEOUTS, jobMachine } from '../machines/job-machine.ts';
import { EventTarget } from './event-target.ts';
import { ExecutionEnded } from './execution-ended.ts';
import { ServiceMachine } from './service-machine.ts';

interface CatalogueProps {
  data: ServiceData;
  /** Objects with this prefix are registered as backups when they arrive. */
  bucketPrefix: string;
  verifications: StateMachine;
}

/**
 * Everything besides the API that adds to the catalogue: scans, the verification of new backups, and events about new
 * objects.
 */
export class Catalogue extends Construct {
  /** Looks for backups in a bucket. */
  readonly scans: StateMachine;
  /** Verifies new backups, a few at a time. */
  readonly newBackups: StateMachine;
  /** Reads verified backups whose contents aren't known yet. */
  readonly contents: StateMachine;
  readonly #data: ServiceData;
  /** Ends jobs as failed. */
  readonly jobEnd: ServiceFunction;

  constructor(scope: Construct, id: string, { data, bucketPrefix, verifications }: CatalogueProps) {
    super(scope, id);
    this.#data = data;
    this.jobEnd = this.#function('record-job-end', 'Ends a job as failed', {}, JOB_TIMEOUTS.record);
    const verificationArn = { VERIFICATION_STATE_MACHINE_ARN: verifications.stateMachineArn };

    const verify = this.#function('verify-new-backups', 'Keeps a few verifications running', verificationArn);
    verifications.grantStartExecution(verify);
    this.newBackups = this.#machine('NewBackups', 'Verifies new backups in the catalogue', NEW_BACKUPS_STATES, verify);

    const read = this.#function('read-contents', 'Keeps a few verifications running', verificationArn);
    verifications.grantStartExecution(read);
    this.contents = this.#machine('Contents', 'Reads backups whose contents are not known yet', CONTENTS_STATES, read);

    const scan = this.#function('scan-part', 'Registers the backups in one part of a bucket', {
      NEW_BACKUPS_STATE_MACHINE_ARN: this.newBackups.stateMachineArn,
    });
    this.newBackups.grantStartExecution(scan);
    this.scans = this.#machine('Scan', "Looks for Jagad's backups in a bucket", SCAN_STATES, scan);

    const created = this.#function(
      'object-created',
      'Registers a new object in the bucket as a backup',
      verificationArn,
    );
    verifications.grantStartExecution(created);
    new Rule(this, 'ObjectCreated', {
      description: 'New objects under the prefix of full backups',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [data.backups.bucketName] }, object: { key: [{ prefix: bucketPrefix }] } },
      },
      targets: [new EventTarget(created)],
    });

    new ExecutionEnded(this, {
      machines: [this.scans, this.newBackups, this.contents],
      description: 'Jobs whose execution was stopped, timed out, or failed without reaching a Catch',
      target: this.jobEnd,
    });
  }

  #function(
    entry: string,
    description: string,
    environment: NonNullable<ServiceFunctionProps['environment']>,
    timeout = JOB_TIMEOUTS.part,
  ) {
    return new ServiceFunction(this, entry, { entry, description, data: this.#data, environment, timeout });
  }

  #machine(id: string, comment: string, states: JobStates, part: ServiceFunction): StateMachine {
    const scope = new Construct(this, id);
    return new ServiceMachine(scope, 'Machine', {
      comment,
      definition: jobMachine(scope, states, { part, end: this.jobEnd }),
      timeout: JOB_TIMEOUTS.execution,
    });
  }
}
