import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { API_HANDLERS, type ApiHandlerName, DEFAULT_HANDLER, ROUTES } from '../routes.ts';
import type { Records } from './records.ts';
import { API_TIMEOUT, ServiceFunction, type ServiceFunctionProps } from './service-function.ts';
import type { ServiceSecrets } from './service-secrets.ts';

interface ApiProps {
  records: Records;
  secrets: ServiceSecrets;
  restoreMachine: StateMachine;
}

/** The HTTP API: one Lambda a resource, as the calls of a resource need the same grants. */
export class Api extends Construct {
  readonly http: HttpApi;

  constructor(scope: Construct, id: string, { records, secrets, restoreMachine }: ApiProps) {
    super(scope, id);
    const environmentOf = (name: ApiHandlerName): ServiceFunctionProps['environment'] => {
      if (name === DEFAULT_HANDLER) return {};
      const shared = { ...records.environment, ...secrets.environment };
      return name === 'backups' ? { ...shared, RESTORE_STATE_MACHINE_ARN: restoreMachine.stateMachineArn } : shared;
    };
    const functions = Object.fromEntries(
      API_HANDLERS.map((name) => [
        name,
        new ServiceFunction(this, name, {
          entry: name,
          description: `Answers the API's calls of ${name}`,
          timeout: API_TIMEOUT,
          environment: environmentOf(name),
        }),
      ]),
    ) as Record<ApiHandlerName, ServiceFunction>;

    for (const name of API_HANDLERS) {
      if (name === DEFAULT_HANDLER) continue;
      // whoever may start a restore writes its record and its lock
      if (name === 'backups') records.grantReadWrite(functions[name]);
      else records.grantRead(functions[name]);
      secrets.grantRead(functions[name]);
    }
    restoreMachine.grantStartExecution(functions.backups);

    const integrations = Object.fromEntries(
      API_HANDLERS.map((name) => [name, new HttpLambdaIntegration(`${name}Integration`, functions[name])]),
    ) as Record<ApiHandlerName, HttpLambdaIntegration>;
    this.http = new HttpApi(this, 'Http', {
      description: 'Restores of Jagad backups',
      defaultIntegration: integrations[DEFAULT_HANDLER],
    });
    for (const { method, path, handler } of ROUTES) {
      this.http.addRoutes({ path, methods: [HttpMethod[method]], integration: integrations[handler] });
    }
  }
}
