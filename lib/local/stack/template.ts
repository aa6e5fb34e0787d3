/**
 * Reads from the synthesised CloudFormation template what the one-machine service needs: its functions, tables,
 * secrets, state machines and rules. Every Ref, GetAtt and Join becomes a local name. Pure.
 */
import { LOCAL_ACCOUNT } from '../../restores/execution/execution-arn.ts';

export interface Template {
  Resources: Record<string, Resource>;
}

interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  Metadata?: Record<string, unknown>;
}

export interface LocalFunction {
  arn: string;
  /** The file of functions/ that it is made from, without its extension. */
  entry: string;
  environment: Record<string, string>;
  timeoutMs: number;
}

export interface LocalStateMachine {
  arn: string;
  /** Amazon States Language. */
  definition: AslDefinition;
}

export interface AslDefinition {
  StartAt: string;
  TimeoutSeconds?: number;
  States: Record<string, AslState>;
}

export interface AslState {
  Type: string;
  Resource?: string;
  TimeoutSeconds?: number;
  [field: string]: unknown;
}

/** All states of a machine, including those of its Maps' iterations. */
export function allStates({ States }: Pick<AslDefinition, 'States'>): [name: string, state: AslState][] {
  return Object.entries(States).flatMap(([name, state]) => {
    const { ItemProcessor } = state as { ItemProcessor?: AslDefinition };
    return [[name, state] as [string, AslState], ...(ItemProcessor === undefined ? [] : allStates(ItemProcessor))];
  });
}

/** An EventBridge rule: on events that match a pattern, or by a schedule. */
export interface LocalRule {
  /** The bus's name. */
  bus: string;
  /** The pattern from the template, with this machine's names: `{"source": […], "detail-type": […], "detail": {…}}`. */
  pattern?: Record<string, unknown> | undefined;
  /** Such as `rate(1 minute)`. */
  schedule?: string | undefined;
  targetArns: string[];
  /** The input of each target, by its ARN, if it isn't the event itself. */
  inputs?: Record<string, LocalInput> | undefined;
}

/** EventBridge's input transformer. */
export interface LocalInput {
  /** The path in the event of each variable's value: `$.detail`. */
  paths: Record<string, string>;
  /** JSON in which `<variable>` stands for a value. */
  template: string;
}

interface TargetProperties {
  Arn: string;
  InputTransformer?: { InputPathsMap: Record<string, string>; InputTemplate: string };
}

export interface LocalTable {
  TableName: string;
  KeySchema: { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[];
  AttributeDefinitions: { AttributeName: string; AttributeType: 'S' | 'N' | 'B' }[];
  GlobalSecondaryIndexes?: unknown[];
}

export interface LocalSecret {
  name: string;
  /** The value in the template; undefined if it is generated. */
  value: string | undefined;
  generatedLength: number;
}

export interface LocalStack {
  functions: LocalFunction[];
  stateMachines: LocalStateMachine[];
  rules: LocalRule[];
  tables: LocalTable[];
  secrets: LocalSecret[];
  /** The restore container's environment, as in the task definition. */
  taskEnvironment: Record<string, string>;
}

const PSEUDO_PARAMETERS: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::AccountId': LOCAL_ACCOUNT,
  'AWS::URLSuffix': 'localhost',
  'AWS::StackName': 'local',
};

export function readTemplate(template: Template, entryMetadata: string): LocalStack {
  const resolved = (value: unknown) => resolve(value, template);
  const ofType = (type: string) =>
    Object.entries(template.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([logicalId, resource]) => ({
        logicalId,
        metadata: resource.Metadata ?? {},
        properties: resolved(resource.Properties ?? {}) as Record<string, unknown>,
      }));

  return {
    functions: ofType('AWS::Lambda::Function')
      .filter(({ metadata }) => metadata[entryMetadata] !== undefined)
      .map(({ logicalId, metadata, properties }) => ({
        arn: arnOf(logicalId, template),
        entry: String(metadata[entryMetadata]),
        environment: (properties.Environment as { Variables?: Record<string, string> } | undefined)?.Variables ?? {},
        timeoutMs: Number(properties.Timeout) * 1000,
      })),
    stateMachines: ofType('AWS::StepFunctions::StateMachine').map(({ logicalId, properties }) => ({
      arn: arnOf(logicalId, template),
      definition: JSON.parse(properties.DefinitionString as string) as AslDefinition,
    })),
    rules: ofType('AWS::Events::Rule').map(({ properties }) => ({
      bus: String(properties.EventBusName ?? 'default'),
      pattern: properties.EventPattern as Record<string, unknown> | undefined,
      schedule: properties.ScheduleExpression as string | undefined,
      targetArns: ((properties.Targets ?? []) as TargetProperties[]).map(({ Arn }) => Arn),
      inputs: inputsOf((properties.Targets ?? []) as TargetProperties[]),
    })),
    tables: ofType('AWS::DynamoDB::Table').map(({ logicalId, properties }) => ({
      TableName: logicalId,
      KeySchema: properties.KeySchema as LocalTable['KeySchema'],
      AttributeDefinitions: properties.AttributeDefinitions as LocalTable['AttributeDefinitions'],
      ...(properties.GlobalSecondaryIndexes === undefined
        ? {}
        : { GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes as unknown[] }),
    })),
    secrets: ofType('AWS::SecretsManager::Secret').map(({ properties }) => ({
      name: String(properties.Name),
      value: properties.SecretString as string | undefined,
      generatedLength: Number(
        (properties.GenerateSecretString as { PasswordLength?: number } | undefined)?.PasswordLength ?? 32,
      ),
    })),
    taskEnvironment: Object.fromEntries(
      ofType('AWS::ECS::TaskDefinition')
        .flatMap(
          ({ properties }) => properties.ContainerDefinitions as { Environment?: { Name: string; Value: string }[] }[],
        )
        .flatMap(({ Environment }) => Environment ?? [])
        .map(({ Name, Value }) => [Name, Value]),
    ),
  };
}

function inputsOf(targets: TargetProperties[]): LocalRule['inputs'] {
  return Object.fromEntries(
    targets.flatMap(({ Arn, InputTransformer: given }) =>
      given === undefined ? [] : [[Arn, { paths: given.InputPathsMap, template: given.InputTemplate }]],
    ),
  );
}

/** The value with every intrinsic function resolved, as far as one machine can. */
function resolve(value: unknown, template: Template): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, template));
  if (typeof value !== 'object' || value === null) return value;
  const [[key, argument] = []] = Object.entries(value);
  if (Object.keys(value).length === 1) {
    if (key === 'Ref') return refOf(String(argument), template);
    if (key === 'Fn::GetAtt') return attributeOf(argument as [string, string], template);
    if (key === 'Fn::Join') {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map((part) => resolve(part, template)).join(separator);
    }
    if (key === 'Fn::Sub' && typeof argument === 'string') {
      return argument.replace(/\$\{([^!}]+)\}/g, (_, name: string) => refOf(name, template));
    }
  }
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, resolve(item, template)]));
}

function refOf(name: string, template: Template): string {
  const type = template.Resources[name]?.Type;
  if (type === 'AWS::StepFunctions::StateMachine' || type === 'AWS::SecretsManager::Secret')
    return arnOf(name, template);
  if (type === 'AWS::Events::EventBus') return String(template.Resources[name]?.Properties?.Name);
  return PSEUDO_PARAMETERS[name] ?? name;
}

function attributeOf([logicalId, attribute]: [string, string], template: Template): string {
  return attribute === 'Arn' ? arnOf(logicalId, template) : `${logicalId}.${attribute}`;
}

function arnOf(logicalId: string, template: Template): string {
  const [, service = 'none', kind = 'none'] = (template.Resources[logicalId]?.Type ?? '').split('::');
  const names: Record<string, string> = { StepFunctions: 'states', StateMachine: 'stateMachine' };
  const part = (text: string) => names[text] ?? text.toLowerCase();
  return `arn:aws:${part(service)}:us-east-1:${LOCAL_ACCOUNT}:${part(kind)}:${logicalId}`;
}
