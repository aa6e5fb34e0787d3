/** Rules for everything in the template, whatever is added to it. */

import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { API_HANDLERS, DEFAULT_HANDLER, ROUTE_LIST } from '../../lib/api/routes.ts';
import { secretNames } from '../../lib/connections/secret-names.ts';
import { settingsReadBy } from '../support/stack/calls.ts';
import { OF_ONE_MACHINE } from '../support/stack/one-machine.ts';
import {
  all,
  functions,
  json,
  local,
  properties,
  RUNTIME_SETTINGS,
  sorted,
  source,
  template,
} from '../support/stack/stack.ts';
import { synthesise } from '../support/stack/synthesise.ts';

const FUNCTIONS = new URL('../../functions/', import.meta.url);

describe('every Lambda', () => {
  it('is built from one file in functions/, and every handler there is deployed once', () => {
    const handlers = readdirSync(FUNCTIONS, { withFileTypes: true })
      .filter((file) => file.isFile())
      .map(({ name }) => name)
      .filter((file) => /^export (const|async function|function) handler\b/m.test(source(`functions/${file}`)));
    expect(sorted(functions.map(({ entry }) => `${entry}.ts`))).toEqual(sorted(handlers));
  });

  it.each(functions)('$entry runs Node 24 on arm64, with a time-out and limited log retention', (fn) => {
    expect(fn).toMatchObject({ Architectures: ['arm64'], Runtime: 'nodejs24.x', Timeout: expect.any(Number) });
    expect(fn.Timeout).toBeLessThanOrEqual(900);
    const log = all('AWS::Logs::LogGroup')[fn.LoggingConfig?.LogGroup?.Ref];
    expect(log?.Properties).toMatchObject({ RetentionInDays: expect.any(Number) });
  });

  it.each(functions)('$entry gets exactly the settings that it reads', ({ entry, Environment }) => {
    const given = Object.keys(Environment?.Variables ?? {}).filter((name) => !RUNTIME_SETTINGS.includes(name));
    const read = settingsReadBy(`functions/${entry}.ts`).filter((name) => !OF_ONE_MACHINE.includes(name));
    expect(sorted(given)).toEqual(sorted(read));
  });

  it('answers the API before API Gateway times out', () => {
    const answering = functions.filter(({ entry }) => API_HANDLERS.some((handler) => handler === entry));
    expect(answering).toHaveLength(API_HANDLERS.length);
    expect(answering.filter(({ Timeout }) => Timeout > 20)).toEqual([]);
  });
});

describe('the API', () => {
  const routes = new Map(properties('AWS::ApiGatewayV2::Route').map((route) => [route.RouteKey as string, route]));

  it('has the routes in lib/api/routes.ts, a default, and no others', () => {
    expect(sorted(routes.keys())).toEqual(sorted([...ROUTE_LIST.map(({ key }) => key), '$default']));
  });

  it.each([
    ...ROUTE_LIST.map(({ key, path, handler }) => ({ key: key as string, path, handler })),
    { key: '$default', path: '', handler: DEFAULT_HANDLER },
  ])('$key leads to $handler, which accepts it', ({ key, path, handler }) => {
    const integrationId = routes.get(key)?.Target['Fn::Join'][1][1].Ref;
    const integration = all('AWS::ApiGatewayV2::Integration')[integrationId]?.Properties;
    expect(integration).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
    const [logicalId] = integration.IntegrationUri['Fn::GetAtt'];
    expect(functions.find((fn) => fn.logicalId === logicalId)?.entry).toBe(handler);
    const sources = properties('AWS::Lambda::Permission')
      .filter((permission) => permission.FunctionName['Fn::GetAtt'][0] === logicalId)
      .filter(({ Principal }) => Principal === 'apigateway.amazonaws.com')
      .map(({ SourceArn }) => SourceArn['Fn::Join'][1].at(-1));
    expect(sources).toEqual([path === '' ? '/*/*' : '/*/*/*']);
  });
});

describe('the template', () => {
  it('has no dangling reference', () => {
    const known = new Set([...Object.keys(json.Resources), ...Object.keys(template.toJSON().Parameters)]);
    const referred = references(template.toJSON());
    expect(referred.length).toBeGreaterThan(100);
    expect(referred.filter((name) => !known.has(name) && !name.startsWith('AWS::'))).toEqual([]);
  });

  it('names each secret that a function reads by name, or may create at run time', () => {
    const named = new Set(local.secrets.map(({ name }) => name));
    const read = functions.flatMap(({ Environment }) => {
      const { ENCRYPTION_KEYS_SECRET, ORIGIN_HEADER_SECRET } = Environment.Variables;
      return [ENCRYPTION_KEYS_SECRET, ORIGIN_HEADER_SECRET].filter((name) => name !== undefined);
    });
    expect(sorted(new Set(read))).toEqual(['jagad-restore/test/encryption-keys', 'jagad-restore/test/origin-header']);
    expect(read.filter((name) => !named.has(name))).toEqual([]);
    const prefixes = new Set(functions.flatMap(({ Environment }) => Environment.Variables.SECRETS_PREFIX ?? []));
    expect([...prefixes].map((prefix) => named.has(secretNames(prefix).adminPassword))).toEqual([true]);
  });

  it('is the same each time', () => {
    expect(JSON.stringify(synthesise())).toBe(JSON.stringify(json));
  });

  it('stays far below the 500 resources that a stack may have', () => {
    expect(Object.keys(json.Resources).length).toBeLessThan(450);
  });
});

/** Every logical id that a Ref, GetAtt, Sub or DependsOn names. */
function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, argument]) => {
    if (key === 'Ref') return [String(argument)];
    if (key === 'Fn::GetAtt') return [String([argument].flat()[0])];
    if (key === 'DependsOn') return [argument].flat().map(String);
    if (key === 'Fn::Sub') return [...String(argument).matchAll(/\$\{([^!}.]+)/g)].map(([, name]) => String(name));
    return references(argument);
  });
}
