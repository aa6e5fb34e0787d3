/** Which AWS calls an entry point's code makes, read from its bundle: that contains only reachable code. */
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { COMMAND_ACTIONS, type Command } from '../../lib/constructs/command-actions.ts';
import { TABLE_COMMANDS, type TableName } from '../../lib/constructs/table-commands.ts';

export interface Calls {
  /** Of services other than DynamoDB. */
  commands: Set<Command>;
  /** Methods of the tables' adapters. */
  tables: Map<TableName, Set<string>>;
  /** Fields of secretNames. */
  secrets: Set<string>;
  /** Whether it reads CloudFront's secret. */
  knowsEdge: boolean;
}

const TABLES = Object.keys(TABLE_COMMANDS) as TableName[];
/** Our functions that receive a table, and the methods that they call on it. */
const HANDED_ON: Record<string, string> = { find: 'get', everyOne: 'all' };

/**
 * @param file of this project.
 * @throws Error if this can't see a call, or its command isn't in COMMAND_ACTIONS.
 */
export function callsOf(file: string): Calls {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL(`../../${file}`, import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // what a package sends is sent by a command that we hand to it
    packages: 'external',
  });
  const code = outputFiles[0]?.text ?? '';
  const sent = [...code.matchAll(/\bnew (\w+?Command)\d*\(|\b(paginate[A-Z]\w*?)\d*\(/g)].map(
    ([, a, b]) => a ?? b ?? '',
  );
  const unknown = sent.filter((command) => !(command in COMMAND_ACTIONS));
  if (unknown.length > 0) throw new Error(`${file}: what rights do ${unknown.join(', ')} need? See command-actions.ts`);
  if (/\} = \w*\.?records\b/.test(code))
    throw new Error(`${file} takes tables out of the records, and hides its calls`);
  return {
    commands: new Set((sent as Command[]).filter((command) => !isOfDynamoDb(command))),
    tables: tablesIn(code, file),
    secrets: new Set(
      [...code.matchAll(/\bnames\d*\.(connection|cipherPass|storageProvider|encryptionKeys|adminPassword)\b/g)].map(
        ([, name = '']) => name,
      ),
    ),
    knowsEdge: code.includes('"ORIGIN_HEADER_SECRET"'),
  };
}

function tablesIn(code: string, file: string): Calls['tables'] {
  const tables: Calls['tables'] = new Map();
  const uses = code.matchAll(
    new RegExp(`(\\w*?)\\d*(\\()?(?:\\w+\\.)*\\brecords\\d*\\.(${TABLES.join('|')})\\b(?:\\.(\\w+)\\()?`, 'g'),
  );
  for (const [text, caller = '', open, name, method] of uses) {
    const called = method ?? (open === undefined ? undefined : HANDED_ON[caller]);
    if (called === undefined) throw new Error(`${file} hides what it calls: ${text}`);
    const table = name as TableName;
    tables.set(table, (tables.get(table) ?? new Set()).add(called));
  }
  return tables;
}

function isOfDynamoDb(command: Command): boolean {
  return COMMAND_ACTIONS[command][0].startsWith('dynamodb:');
}
