/**
 * What a person reviews of the synthesised template, as text that shows a change in a line or two: the ids and keys of
 * what holds state, each state machine, what each function may do, and the routes. Pure. Of the rest, a digest for
 * each type of resource shows that something has changed; `npm run diff` then shows what.
 */
import { createHash } from 'node:crypto';
import type { Template } from '../../../lib/local/stack/template.ts';

const WIDTH = 120;
/**
 * Types whose removal or replacement loses data or the key to it, and the properties whose change does so or goes
 * unnoticed.
 */
const STATEFUL: Record<string, string[]> = {
  'AWS::DynamoDB::Table': [
    'TableName',
    'KeySchema',
    'GlobalSecondaryIndexes',
    'TimeToLiveSpecification',
    'PointInTimeRecoverySpecification',
    'DeletionProtectionEnabled',
    'SSESpecification',
  ],
  'AWS::S3::Bucket': ['BucketName', 'LifecycleConfiguration', 'VersioningConfiguration', 'BucketEncryption'],
  'AWS::SecretsManager::Secret': ['Name', 'KmsKeyId'],
  'AWS::KMS::Key': ['EnableKeyRotation'],
};

interface Resource {
  id: string;
  type: string;
  properties: Record<string, unknown>;
  protection: Record<string, unknown>;
}

interface Statement {
  Action: string | string[];
  Resource: unknown;
  Effect: string;
  Condition?: unknown;
}

/** Each text by the name of its file. */
export function digestOf(template: Template): Map<string, string> {
  const { Resources } = normalised(template) as Template;
  const resources = Object.entries(Resources).map(([id, { Type, Properties = {}, ...rest }]) => {
    return { id, type: Type, properties: Properties, protection: rest as Record<string, unknown> };
  });
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);

  const stateful = resources.filter(({ type }) => Object.hasOwn(STATEFUL, type));
  const functions = ofType('AWS::Lambda::Function');
  const integrations = new Map(ofType('AWS::ApiGatewayV2::Integration').map((one) => [one.id, one.properties]));
  return new Map([
    ...ofType('AWS::StepFunctions::StateMachine').map(({ id, properties }): [string, string] => [
      `${id.replace(/[0-9A-F]{8}$/, '')}.json`,
      compact(JSON.parse(String(properties.DefinitionString))),
    ]),
    ['stateful.json', compact(Object.fromEntries(stateful.map((one) => [one.id, keysOf(one)])))],
    ['functions.json', compact(Object.fromEntries(functions.map((one) => [one.id, settingsOf(one.properties)])))],
    ['rights.txt', lines(ofType('AWS::IAM::Policy').flatMap(({ properties }) => rightsOf(properties)))],
    [
      'routes.txt',
      lines(
        ofType('AWS::ApiGatewayV2::Route')
          .map((one) => routeOf(one.properties, integrations))
          .sort(),
      ),
    ],
    ['types.txt', lines(census(resources))],
  ]);
}

/** What identifies a resource that holds state, and what keeps it from being deleted. */
function keysOf({ type, properties, protection }: Resource) {
  const shown = STATEFUL[type] ?? [];
  return {
    type,
    ...Object.fromEntries(shown.flatMap((name) => (properties[name] === undefined ? [] : [[name, properties[name]]]))),
    on_delete: protection.DeletionPolicy,
    on_replace: protection.UpdateReplacePolicy,
  };
}

/** What differs between functions, and may be seen to change; code and the names of tables are the same for all. */
function settingsOf({
  Environment,
  MemorySize,
  Timeout,
  ReservedConcurrentExecutions,
  VpcConfig,
}: Record<string, unknown>) {
  const { Variables = {} } = (Environment ?? {}) as { Variables?: Record<string, unknown> };
  return {
    memory: MemorySize,
    timeout_s: Timeout,
    concurrency: ReservedConcurrentExecutions,
    in_network: VpcConfig !== undefined,
    environment: Object.keys(Variables)
      .filter((name) => !/_TABLE$|^(NODE_OPTIONS|POWERTOOLS_)/.test(name))
      .join(' '),
  };
}

/** The role, and a line for each resource: what the role may do with it. */
function rightsOf({ PolicyDocument, Roles }: Record<string, unknown>): string[] {
  const byResource = new Map<string, string[]>();
  for (const { Action, Resource, Effect, Condition } of (PolicyDocument as { Statement: Statement[] }).Statement) {
    const condition = Condition === undefined ? '' : ` if ${JSON.stringify(Condition)}`;
    for (const resource of [Resource].flat()) {
      const key = `${Effect === 'Allow' ? '' : `${Effect} `}${resource}${condition}`;
      byResource.set(key, [...(byResource.get(key) ?? []), ...[Action].flat()]);
    }
  }
  const rights = [...byResource].map(([resource, actions]) => `  ${resource}: ${actions.toSorted().join(' ')}`);
  return [[Roles].flat().join(' '), ...rights.sort()];
}

/** Such as `GET /api/restores → <Apirestores5F0D.Arn>`. */
function routeOf({ RouteKey, Target }: Record<string, unknown>, integrations: Map<string, Record<string, unknown>>) {
  const integration = String(Target).replace(/^integrations\/<(\w+)>$/, '$1');
  return `${RouteKey} → ${integrations.get(integration)?.IntegrationUri}`;
}

function lines(all: string[]): string {
  return `${all.join('\n')}\n`;
}

/** Of each type, how many there are, and a digest of all that they are set to. */
function census(resources: Resource[]): string[] {
  const byType = Map.groupBy(resources, ({ type }) => type);
  return [...byType]
    .map(([type, all]) => {
      const digest = createHash('sha256').update(JSON.stringify(all)).digest('hex').slice(0, 12);
      return `${type}: ${all.length}, ${digest}`;
    })
    .sort();
}

/** The template with references written out, and without what changes with each line of code: the hashes of assets. */
function normalised(value: unknown): unknown {
  if (typeof value === 'string') {
    // the account, its partition and region are the same everywhere
    return value
      .replace(/[0-9a-f]{64}/g, '<hash>')
      .replace(/^arn:<AWS::Partition>:/, 'arn::')
      .replace(/<AWS::(Region|AccountId)>/g, '');
  }
  if (Array.isArray(value)) return value.map(normalised);
  if (typeof value !== 'object' || value === null) return value;
  const [[key, argument] = []] = Object.entries(value);
  if (key === 'Ref') return `<${argument}>`;
  if (key === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  if (key === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return normalised(parts.map(normalised).join(separator));
  }
  if (key?.startsWith('Fn::')) return JSON.stringify(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, normalised(item)]));
}

/** JSON with everything on one line that fits on it. */
function compact(value: unknown): string {
  return `${laidOut(value, '')}\n`;
}

function laidOut(value: unknown, indent: string): string {
  const line = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || indent.length + line.length <= WIDTH) return line;
  const deeper = `${indent}  `;
  const isArray = Array.isArray(value);
  const items = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([name, item]) => `${deeper}${isArray ? '' : `${JSON.stringify(name)}: `}${laidOut(item, deeper)}`);
  return `${isArray ? '[' : '{'}\n${items.join(',\n')}\n${indent}${isArray ? ']' : '}'}`;
}
