/** Which AWS calls an entry point's code makes, read from its bundle: that contains only reachable code. */
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { type ESTree, parseAst } from 'vite';
import { LoginAttemptsTable } from '../../../lib/accounts/sessions/login-attempts-table.ts';
import { SessionTable } from '../../../lib/accounts/sessions/session-table.ts';
import type { TableName } from '../../../lib/api/needs.ts';
import { TABLE_ACTIONS } from '../../../lib/api/tables.ts';
import { StorageProviderTable } from '../../../lib/connections/providers/table.ts';
import { secretNames } from '../../../lib/connections/secret-names.ts';
import { SettingsTable } from '../../../lib/settings/table.ts';
import { LockTable } from '../../../lib/storage/items/lock-table.ts';
import { RecordTable } from '../../../lib/storage/items/record-table.ts';
import { followValues, partsOf } from './value-flow.ts';

/**
 * Which IAM actions what the SDK exports needs. Sources: the Service Authorization Reference for each service, and the
 * page of each operation in its API reference.
 */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  GetSecretValueCommand: ['secretsmanager:GetSecretValue'],
  CreateSecretCommand: ['secretsmanager:CreateSecret'],
  PutSecretValueCommand: ['secretsmanager:PutSecretValue'],
  UpdateSecretVersionStageCommand: ['secretsmanager:UpdateSecretVersionStage'],
  DeleteSecretCommand: ['secretsmanager:DeleteSecret'],

  // without the right to list, a missing object causes "access denied" instead of "no such key"
  GetObjectCommand: ['s3:GetObject', 's3:ListBucket'],
  PutObjectCommand: ['s3:PutObject'],
  HeadObjectCommand: ['s3:GetObject', 's3:ListBucket'],
  ListObjectsV2Command: ['s3:ListBucket'],

  PutEventsCommand: ['events:PutEvents'],
  GetMetricDataCommand: ['cloudwatch:GetMetricData'],

  StartExecutionCommand: ['states:StartExecution'],
  StopExecutionCommand: ['states:StopExecution'],
  DescribeExecutionCommand: ['states:DescribeExecution'],
  paginateGetExecutionHistory: ['states:GetExecutionHistory'],
};
/** What else the SDK exports, and sends nothing by itself. */
const SENDS_NOTHING = /(Client|Exception)$|^(ExecutionAlreadyExists|ExecutionDoesNotExist|getSignedUrl)$/;

const DYNAMODB = '@aws-sdk/lib-dynamodb';
/** Nothing else sends commands to DynamoDB. */
const ADAPTERS = [RecordTable, StorageProviderTable, SessionTable, LoginAttemptsTable, SettingsTable, LockTable];

/** As value-flow.ts calls a table. */
const IS_TABLE = /^records\.\w+$/;

const SECRET_NAMES = Object.keys(secretNames(''));

export interface Calls {
  /** In IAM's words, of services other than DynamoDB. */
  actions: Set<string>;
  /** Methods of the tables' adapters. */
  tables: Map<TableName, Set<string>>;
  /** Fields of secretNames. */
  secrets: Set<string>;
  /** Whether it reads CloudFront's secret. */
  knowsEdge: boolean;
  /** The functions that it has, by name. */
  functions: Set<string>;
}

/** Several tests ask for the same. */
const bundles = new Map<string, string>();
const found = new Map<string, Calls>();

/**
 * @param file of this project.
 * @throws Error if a call is hidden from this, or it isn't known which rights it needs.
 */
export function callsOf(file: string): Calls {
  const calls = found.get(file) ?? told(file, callsIn);
  found.set(file, calls);
  return calls;
}

/**
 * The settings that a file, or anything that it brings, has readEnvironment read.
 * @throws Error if a list of them is hidden from this.
 */
export function settingsReadBy(file: string): string[] {
  return told(file, settingsIn);
}

function told<T>(file: string, of: (code: string) => T): T {
  try {
    return of(bundleOf(file));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

function bundleOf(file: string): string {
  const known = bundles.get(file);
  if (known !== undefined) return known;
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL(`../../../${file}`, import.meta.url))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // what a package sends is sent by a command that we hand to it
    packages: 'external',
  });
  const code = outputFiles[0]?.text ?? '';
  bundles.set(file, code);
  return code;
}

/** @param code a whole program, as a bundler writes it. */
export function callsIn(code: string): Calls {
  const program = parseAst(code) as ESTree.Program;
  const { called, read } = followValues(program, code, {
    sources: { openRecords: 'records', secretNames: 'names' },
    track: (path, member) => {
      if (path === 'records') return member in TABLE_ACTIONS ? 'follow' : undefined;
      if (path === 'names') return SECRET_NAMES.includes(member) ? 'note' : undefined;
      return IS_TABLE.test(path) ? 'follow' : undefined;
    },
  });
  const tables: Calls['tables'] = new Map();
  for (const [, table = '', method = ''] of [...called].map((path) => path.split('.'))) {
    if (table in TABLE_ACTIONS)
      tables.set(table as TableName, (tables.get(table as TableName) ?? new Set()).add(method));
  }
  return {
    actions: actionsIn(program),
    tables,
    secrets: new Set([...read].filter((path) => path.startsWith('names.')).map((path) => path.slice('names.'.length))),
    knowsEdge: settingsIn(code, program).includes('ORIGIN_HEADER_SECRET'),
    functions: new Set(
      program.body.flatMap((one) => (one.type === 'FunctionDeclaration' && one.id !== null ? [one.id.name] : [])),
    ),
  };
}

function actionsIn(program: ESTree.Program): Set<string> {
  const imported = new Map<string, { of: string; name: string }>();
  for (const node of program.body) {
    if (node.type !== 'ImportDeclaration' || !node.source.value.startsWith('@aws-sdk/')) continue;
    for (const one of node.specifiers) {
      if (one.type !== 'ImportSpecifier') throw new Error(`what is sent by ${node.source.value} is hidden`);
      const name = one.imported.type === 'Literal' ? one.imported.value : one.imported.name;
      imported.set(one.local.name, { of: node.source.value, name });
    }
  }
  const actions = new Set<string>();
  const walk = (node: ESTree.Node, within: string | undefined, parent?: ESTree.Node): void => {
    if (node.type === 'ImportDeclaration') return;
    const used = node.type === 'Identifier' ? imported.get(node.name) : undefined;
    if (used !== undefined && !SENDS_NOTHING.test(used.name)) {
      const isSent = (parent?.type === 'NewExpression' || parent?.type === 'CallExpression') && parent.callee === node;
      if (!isSent) throw new Error(`${used.name} is handed on, and hides what is sent`);
      if (used.of === DYNAMODB) {
        const isOfTable = ADAPTERS.some(({ name }) => within?.replace(/^_|\d+$/g, '') === name);
        if (!isOfTable)
          throw new Error(`${used.name} is sent by ${within ?? 'code'}, which isn't the adapter of a table`);
      } else {
        const needed = ACTIONS[used.name];
        if (needed === undefined) throw new Error(`which rights does ${used.name} need? See ACTIONS`);
        for (const action of needed) actions.add(action);
      }
    }
    const named = node.type === 'VariableDeclarator' && node.init?.type === 'ClassExpression' ? node.id : undefined;
    const inner = named?.type === 'Identifier' ? named.name : within;
    for (const part of partsOf(node)) walk(part, inner, node);
  };
  walk(program, undefined);
  return actions;
}

function settingsIn(code: string, program = parseAst(code) as ESTree.Program): string[] {
  const variables = new Map<string, ESTree.Node | null>();
  for (const node of program.body.flatMap((one) => (one.type === 'VariableDeclaration' ? one.declarations : []))) {
    if (node.id.type === 'Identifier') variables.set(node.id.name, node.init);
  }
  const textsOf = (node: ESTree.Node | null | undefined): string[] => {
    if (node?.type === 'Literal' && typeof node.value === 'string') return [node.value];
    if (node?.type === 'Identifier') return textsOf(variables.get(node.name));
    if (node?.type !== 'ArrayExpression') throw new Error('a list of settings is hidden');
    return node.elements.flatMap((one) => textsOf(one?.type === 'SpreadElement' ? one.argument : one));
  };
  const settings = new Set<string>();
  const walk = (node: ESTree.Node, parent?: ESTree.Node): void => {
    if (node.type === 'Identifier' && node.name === 'readEnvironment' && parent?.type !== 'FunctionDeclaration') {
      if (parent?.type !== 'CallExpression' || parent.callee !== node) throw new Error('readEnvironment is handed on');
      for (const name of textsOf(parent.arguments[0])) settings.add(name);
    }
    for (const part of partsOf(node)) walk(part, node);
  };
  walk(program);
  return [...settings];
}
