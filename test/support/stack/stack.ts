/** The synthesised template, opened for the tests that state rules on it. */
import { readFileSync } from 'node:fs';
import { Template as Assertions } from 'aws-cdk-lib/assertions';
import { ENTRY_METADATA } from '../../../lib/infra/functions/service-function.ts';
import { readTemplate } from '../../../lib/local/stack/template.ts';
import { synthesise } from './synthesise.ts';

const ROOT = new URL('../../../', import.meta.url);

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
