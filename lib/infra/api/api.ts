import { Duration } from 'aws-cdk-lib';
import { AccessLogField, AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CorsHttpMethod,
  type CorsPreflightOptions,
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Setting } from '../../api/environment.ts';
import { API_HANDLERS, type ApiHandlerName, DEFAULT_HANDLER, REACH_DATABASES, ROUTE_LIST } from '../../api/routes.ts';
import type { ServiceData } from '../data/service-data.ts';
import { explain } from '../functions/nag-reasons.ts';
import { API_TIMEOUT, ServiceFunction } from '../functions/service-function.ts';
import type { Network } from '../workflows/network.ts';

interface ApiProps {
  data: ServiceData;
  network: Network;
  machines: ApiMachines;
  /** Other sites whose pages may call the API. */
  allowedOrigins: string[];
}

interface ApiMachines {
  restores: StateMachine;
  verifications: StateMachine;
  scans: StateMachine;
  newBackups: StateMachine;
  contents: StateMachine;
  plans: StateMachine;
  standingChecks: StateMachine;
}

/** The environment variable that names each machine. */
const MACHINE_SETTINGS = {
  restores: 'RESTORE_STATE_MACHINE_ARN',
  verifications: 'VERIFICATION_STATE_MACHINE_ARN',
  scans: 'SCAN_STATE_MACHINE_ARN',
  newBackups: 'NEW_BACKUPS_STATE_MACHINE_ARN',
  contents: 'CONTENTS_STATE_MACHINE_ARN',
  plans: 'PLAN_STATE_MACHINE_ARN',
  standingChecks: 'STANDING_CHECK_STATE_MACHINE_ARN',
} as const satisfies Record<keyof ApiMachines, Setting>;

/** The machines whose executions each handler starts. */
const STARTS: Partial<Record<ApiHandlerName, readonly (keyof ApiMachines)[]>> = {
  backups: ['restores', 'verifications'],
  catalogue: ['verifications', 'scans', 'newBackups', 'contents', 'standingChecks'],
  'jagad-import': ['newBackups'],
  'recovery-plans': ['plans'],
};

/** What each handler does with running executions. */
const CONTROLS: Partial<Record<ApiHandlerName, { machines: readonly (keyof ApiMachines)[]; actions: string[] }>> = {
  restores: {
    machines: ['restores'],
    actions: ['states:StopExecution', 'states:DescribeExecution', 'states:GetExecutionHistory'],
  },
  'recovery-plans': { machines: ['restores', 'plans'], actions: ['states:StopExecution', 'states:DescribeExecution'] },
};

/**
 * These handlers get a whole CPU: within one call, an import writes thousands of records, and finding a recovery window
 * reads lists with a hundred thousand names.
 */
const MEMORY_MIB: Partial<Record<ApiHandlerName, number>> = { backups: 1792, catalogue: 1792, 'jagad-import': 1792 };

/** The HTTP API: one Lambda per resource, because the calls of a resource need the same grants. */
export class Api extends Construct {
  readonly http: HttpApi;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const integrations = Object.fromEntries(
      API_HANDLERS.map((name) => {
        // Grants one permission per function, since all routes belong to one API: one per route would make up a fifth
        // of the stack. The default route has no path, so `/*/*/*` doesn't cover it.
        const options = { scopePermissionToRoute: name === DEFAULT_HANDLER };
        return [name, new HttpLambdaIntegration(`${name}Integration`, this.#handler(name, props), options)];
      }),
    ) as Record<ApiHandlerName, HttpLambdaIntegration>;
    this.http = new HttpApi(this, 'Http', {
      description: 'Restores of Jagad backups',
      defaultIntegration: integrations[DEFAULT_HANDLER],
      createDefaultStage: false,
      ...(props.allowedOrigins.length > 0 ? { corsPreflight: cors(props.allowedOrigins) } : {}),
    });
    for (const { method, path, handler } of ROUTE_LIST) {
      this.http.addRoutes({ path, methods: [HttpMethod[method]], integration: integrations[handler] });
    }
    new HttpStage(this, 'Stage', {
      httpApi: this.http,
      stageName: '$default',
      autoDeploy: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(new LogGroup(this, 'AccessLog')),
        format: AccessLogFormat.custom(
          JSON.stringify({
            time: AccessLogField.contextRequestTime(),
            request_id: AccessLogField.contextRequestId(),
            route: AccessLogField.contextRouteKey(),
            path: AccessLogField.contextPath(),
            status: AccessLogField.contextStatus(),
            response_bytes: AccessLogField.contextResponseLength(),
            latency_ms: AccessLogField.contextResponseLatency(),
            error: AccessLogField.contextIntegrationErrorMessage(),
          }),
        ),
      },
    });
    explain(this.http, {
      'AwsSolutions-APIG4':
        'The handlers authenticate: one middleware checks the session and the role. An authorizer would cache a session after a logout.',
    });
  }

  #handler(name: ApiHandlerName, { data, network, machines }: ApiProps): ServiceFunction {
    const starts = STARTS[name] ?? [];
    const memoryMiB = MEMORY_MIB[name];
    const { machines: controlled = [], actions = [] } = CONTROLS[name] ?? {};
    const named = new Set([...starts, ...controlled]);
    const fn = new ServiceFunction(this, name, {
      entry: name,
      description: `Answers the API's calls for ${name}`,
      data,
      timeout: API_TIMEOUT,
      environment: Object.fromEntries(
        [...named].map((machine) => [MACHINE_SETTINGS[machine], machines[machine].stateMachineArn]),
      ),
      ...(memoryMiB === undefined ? {} : { memoryMiB }),
      // these run in the restore task's network, from which they can reach the databases
      ...(REACH_DATABASES.includes(name) ? { network } : {}),
    });
    for (const machine of starts) machines[machine].grantStartExecution(fn);
    for (const machine of controlled) machines[machine].grantExecution(fn, ...actions);
    return fn;
  }
}

/** What a page of another site may send. The session cookie isn't included. */
function cors(allowOrigins: string[]): CorsPreflightOptions {
  return {
    allowOrigins,
    allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.PUT, CorsHttpMethod.DELETE],
    allowHeaders: ['authorization', 'content-type', 'idempotency-key'],
    exposeHeaders: ['link', 'retry-after'],
    maxAge: Duration.hours(1),
  };
}
