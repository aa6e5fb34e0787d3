/** The synthesised template, opened for the tests that state rules on it. */
import { readFileSync } from 'node:fs';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import { WORKER_SETTINGS } from '../../containers/restore/claimed-task.ts';
import { RECORD_SETTINGS, SECRET_SETTINGS } from '../../lib/aws/services.ts';
import { ENTRY_METADATA } from '../../lib/constructs/service-function.ts';
import { readTemplate } from '../../lib/local/template.ts';
import { synthesise } from './synthesise.ts';

const ROOT = new URL('../../', import.meta.url);

export const json = synthesise();
export const template = Assertions.fromJSON(json);
/** The same, as one machine reads it. */
export const local = readTemplate(json, ENTRY_METADATA);

/** The resources of a type by logical id. */
export const all = (type: string) => template.findResources(type);
export const properties = (type: string) => Object.values(all(type)).map(({ Properties }) => Properties);
/** Our own; the CDK brings one more, which copies the pages into their bucket. */
export const functions = Object.entries(all('AWS::Lambda::Function'))
  .filter(([, { Metadata }]) => Metadata?.[ENTRY_METADATA] !== undefined)
  .map(([logicalId, { Properties, Metadata }]) => ({
    logicalId,
    entry: String(Metadata?.[ENTRY_METADATA]),
    ...Properties,
  }));
export const source = (file: string) => readFileSync(new URL(file, ROOT), 'utf8');
export const sorted = (names: Iterable<string>) => [...names].sort();

/** Variables that Node and Powertools read themselves; set for every Lambda and the task. */
export const RUNTIME_SETTINGS = ['NODE_OPTIONS', 'POWERTOOLS_SERVICE_NAME'];

/** Lists of settings that have a name. */
const NAMED_LISTS: Record<string, readonly string[]> = {
  RECORD_SETTINGS,
  SECRET_SETTINGS,
  // the others are what ECS itself gives a task, and the local runner in its stead
  WORKER_SETTINGS: WORKER_SETTINGS.filter((name) => name === 'RESTORE_ID'),
};
/** What every handler of the API goes through, which reads settings itself. */
const API_STACK = './http/handler.ts';

/** The settings in the list that an entry file hands to readEnvironment, and those of what it goes through. */
export function settingsReadBy(file: string): string[] {
  const text = source(file);
  const lists = [...text.matchAll(/\breadEnvironment\(\s*([A-Z_]+|\[[^\]]*\])\s*\)/g)].map(([, list]) => list);
  if (lists.length !== (text.match(/\breadEnvironment\(/g)?.length ?? 0))
    throw new Error(`${file} hides what it reads`);
  const read = lists
    .flatMap((list) => [...(list ?? '').matchAll(/\b([A-Z_]+_SETTINGS)\b|'(\w+)'/g)])
    .flatMap(([, list = '', name]) => (name === undefined ? (NAMED_LISTS[list] ?? [list]) : [name]));
  return text.includes(`'${API_STACK}'`) ? [...read, ...settingsReadBy('functions/http/edge.ts')] : read;
}
