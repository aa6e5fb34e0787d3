/** What the code of an entry point calls of AWS, read off its bundle: only what is reachable is in there. */
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { TableName } from '../../lib/api/needs.ts';
import { TABLE_ACTIONS } from '../../lib/api/services.ts';

/** Which IAM actions a command of the SDK needs. Sources: the Service Authorization Reference, and each operation's page. */
const COMMAND_ACTIONS = {
  GetCommand: ['dynamodb:GetItem'],
  BatchGetCommand: ['dynamodb:BatchGetItem'],
  QueryCommand: ['dynamodb:Query'],
  PutCommand: ['dynamodb:PutItem'],
  UpdateCommand: ['dynamodb:UpdateItem'],
  DeleteCommand: ['dynamodb:DeleteItem'],

  GetSecretValueCommand: ['secretsmanager:GetSecretValue'],
  CreateSecretCommand: ['secretsmanager:CreateSecret'],
  PutSecretValueCommand: ['secretsmanager:PutSecretValue'],
  UpdateSecretVersionStageCommand: ['secretsmanager:UpdateSecretVersionStage'],
  DeleteSecretCommand: ['secretsmanager:DeleteSecret'],

  // without the right to list, a missing object gives "access denied" instead of "no such key"
  GetObjectCommand: ['s3:GetObject', 's3:ListBucket'],
  HeadObjectCommand: ['s3:GetObject', 's3:ListBucket'],
  ListObjectsV2Command: ['s3:ListBucket'],

  PutEventsCommand: ['events:PutEvents'],

  StartExecutionCommand: ['states:StartExecution'],
  StopExecutionCommand: ['states:StopExecution'],
  DescribeExecutionCommand: ['states:DescribeExecution'],
  paginateGetExecutionHistory: ['states:GetExecutionHistory'],
} as const;

type Command = keyof typeof COMMAND_ACTIONS;

export interface Calls {
  /** In IAM's words, of services other than DynamoDB. */
  actions: Set<string>;
  /** Methods of the tables' adapters. */
  tables: Map<TableName, Set<string>>;
  /** Fields of secretNames. */
  secrets: Set<string>;
  /** Whether it has CloudFront's secret read. */
  knowsEdge: boolean;
}

const TABLES = Object.keys(TABLE_ACTIONS) as TableName[];
/** Functions of ours that are handed a table, and what they call of it. */
const HANDED_ON: Record<string, string> = { find: 'get', everyOne: 'all' };

/**
 * @param file of this project.
 * @throws Error if a call is hidden from this, or its command is not in COMMAND_ACTIONS.
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
  if (unknown.length > 0) throw new Error(`${file}: what rights do ${unknown.join(', ')} need? See COMMAND_ACTIONS`);
  if (/\} = \w*\.?records\b/.test(code))
    throw new Error(`${file} takes tables out of the records, and hides its calls`);
  return {
    actions: new Set(
      (sent as Command[]).flatMap((command) => COMMAND_ACTIONS[command]).filter((action) => !/^dynamodb:/.test(action)),
    ),
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
