import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { API_HANDLERS, type ApiHandlerName, DEFAULT_HANDLER, REACH_DATABASES, ROUTE_LIST } from '../routes.ts';
import type { Records } from './records.ts';
import type { RestoreTask } from './restore-task.ts';
import { API_TIMEOUT, ServiceFunction } from './service-function.ts';
import type { ServiceSecrets } from './service-secrets.ts';

interface ApiProps {
  records: Records;
  secrets: ServiceSecrets;
  task: RestoreTask;
  backups: IBucket;
  restores: StateMachine;
  verifications: StateMachine;
  scans: StateMachine;
  newBackups: StateMachine;
}

/** What a handler needs beside the records: each part with its environment and its grants. */
interface Needs {
  /** Reads only, where it is false. */
  writesRecords?: boolean;
  secrets?: 'read' | 'write';
  /** Passwords that RDS manages. */
  rdsSecrets?: boolean;
  /** Objects of the backups bucket, by the function's own role. */
  objects?: boolean;
  restores?: boolean;
  verifications?: boolean;
  /** Scans, and the verification of what is new. */
  scans?: boolean;
  memoryMiB?: number;
}

/** A whole CPU: an import writes thousands of records within the time of a call. */
const IMPORT_MEMORY_MIB = 1792;

/** Every handler but the default one looks up sessions, and writes the audit log where it writes at all. */
const NEEDS: Record<Exclude<ApiHandlerName, 'unmatched'>, Needs> = {
  auth: { writesRecords: true, secrets: 'read' },
  users: { writesRecords: true },
  backups: {
    writesRecords: true,
    rdsSecrets: true,
    secrets: 'read',
    objects: true,
    restores: true,
    verifications: true,
  },
  catalogue: {
    writesRecords: true,
    secrets: 'read',
    objects: true,
    verifications: true,
    scans: true,
    memoryMiB: IMPORT_MEMORY_MIB,
  },
  preview: { writesRecords: true, rdsSecrets: true, secrets: 'read', objects: true },
  restores: { writesRecords: true, restores: true },
  connections: { writesRecords: true, secrets: 'write' },
  'connection-tests': { writesRecords: true, rdsSecrets: true, secrets: 'read' },
  'storage-providers': { writesRecords: true, secrets: 'write', objects: true },
  'encryption-keys': { writesRecords: true, secrets: 'write' },
  settings: { writesRecords: true },
  audit: {},
  health: { secrets: 'read' },
};

/** The HTTP API: one Lambda a resource, as the calls of a resource need the same grants. */
export class Api extends Construct {
  readonly http: HttpApi;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const integrations = Object.fromEntries(
      API_HANDLERS.map((name) => [name, new HttpLambdaIntegration(`${name}Integration`, this.#handler(name, props))]),
    ) as Record<ApiHandlerName, HttpLambdaIntegration>;
    this.http = new HttpApi(this, 'Http', {
      description: 'Restores of Jagad backups',
      defaultIntegration: integrations[DEFAULT_HANDLER],
    });
    for (const { method, path, handler } of ROUTE_LIST) {
      this.http.addRoutes({ path, methods: [HttpMethod[method]], integration: integrations[handler] });
    }
  }

  #handler(name: ApiHandlerName, props: ApiProps): ServiceFunction {
    const description = `Answers the API's calls of ${name}`;
    if (name === 'unmatched') {
      return new ServiceFunction(this, name, { entry: name, description, timeout: API_TIMEOUT, environment: {} });
    }
    const needs = NEEDS[name];
    const { records, secrets, task, backups } = props;
    const fn = new ServiceFunction(this, name, {
      entry: name,
      description,
      timeout: API_TIMEOUT,
      environment: {
        ...records.environment,
        ...(needs.secrets ? secrets.environment : {}),
        ...(needs.restores ? { RESTORE_STATE_MACHINE_ARN: props.restores.stateMachineArn } : {}),
        ...(needs.verifications ? { VERIFICATION_STATE_MACHINE_ARN: props.verifications.stateMachineArn } : {}),
        ...(needs.scans
          ? {
              SCAN_STATE_MACHINE_ARN: props.scans.stateMachineArn,
              NEW_BACKUPS_STATE_MACHINE_ARN: props.newBackups.stateMachineArn,
            }
          : {}),
      },
      ...(needs.memoryMiB === undefined ? {} : { memoryMiB: needs.memoryMiB }),
      // the same way in to databases as the restore task
      ...(REACH_DATABASES.includes(name) ? { vpc: task.vpc, securityGroups: [task.securityGroup] } : {}),
    });
    if (needs.writesRecords) records.grantReadWrite(fn);
    else records.grantRead(fn);
    if (needs.secrets) secrets.grantRead(fn);
    if (needs.secrets === 'write') secrets.grantWrite(fn);
    if (needs.rdsSecrets) secrets.grantReadOfRds(fn);
    if (needs.objects) backups.grantRead(fn);
    if (needs.restores) {
      props.restores.grantStartExecution(fn);
      props.restores.grantExecution(
        fn,
        'states:StopExecution',
        'states:DescribeExecution',
        'states:GetExecutionHistory',
      );
    }
    if (needs.verifications) props.verifications.grantStartExecution(fn);
    if (needs.scans) for (const machine of [props.scans, props.newBackups]) machine.grantStartExecution(fn);
    return fn;
  }
}
