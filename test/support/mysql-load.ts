/** Loads a dump with the engine alone, or with the plain client, and compares the results. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { expect } from 'vitest';
import type { PreparedLoad } from '../../lib/engines/load/engine.ts';
import { inspectMysql } from '../../lib/engines/mysql/engine.ts';
import { MysqlDumpFilter } from '../../lib/engines/mysql/rules/mysql-dump-filter.ts';
import { PrivateFiles } from '../../lib/engines/programs/private-files.ts';
import { TableStates } from '../../lib/engines/table-states.ts';
import type { DumpContents } from '../../lib/formats/dump-contents.ts';
import { dumpCommand } from '../../lib/local/demo/backup/dump.ts';
import { openSession } from '../../lib/local/demo/session.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { target as dumpTarget, pieces } from '../engines/mysql/dump-support.ts';
import { aConnection } from './records.ts';

/** How many characters of a client's message are kept; it repeats the statement. */
const MOST_SAID = 400;
/** mariadb-dump 10.11 never finishes reading some events. */
const MOST_DUMP_MS = 20_000;

/** What the engine reports while it loads. @throws what the engine throws. */
export async function loadWithEngine(
  server: RunningServer,
  database: string,
  dump: AsyncIterable<Buffer>,
  options: {
    sessions?: number;
    signal?: AbortSignal;
    lookEveryMs?: number;
    isAsBefore?: () => void;
    tables?: TableStates;
    told?: string[];
    restoreId?: string;
    contents?: DumpContents;
  } = {},
): Promise<string[]> {
  const { dbType: db_type, host, port, username, password } = server;
  const connection = aConnection({ db_type, host, port, username, ssl_mode: 'prefer' });
  const target = { connection, password, database, restoreId: options.restoreId ?? crypto.randomUUID() };
  const lines = options.told ?? [];
  const note = (line: string) => {
    lines.push(line);
  };
  const telling = { log: note, warn: note, stage: () => {}, progress: () => {} };
  const directory = await mkdtemp(join(tmpdir(), 'jagad-load-'));
  const files = await PrivateFiles.in(directory);
  const head = { kind: 'sql', toc: undefined, archiveVersion: undefined, serverVersion: undefined } as const;
  let prepared: PreparedLoad | undefined;
  try {
    prepared = await inspectMysql(target, head, telling, options);
    const signal = options.signal ?? new AbortController().signal;
    await prepared.load(dump, {
      files,
      telling,
      signal,
      beforeNextWrite: async () => {},
      isAsBefore: options.isAsBefore ?? (() => {}),
      analyze: true,
      contents: options.contents,
      tables: options.tables ?? new TableStates(),
    });
    return lines;
  } catch (error) {
    await prepared?.endSessions();
    throw error;
  } finally {
    await files.remove();
    await rm(directory, { recursive: true });
  }
}

/** What `… | mariadb database` does: one client, one statement after another. */
export async function loadWithClient(server: RunningServer, database: string, dump: Readable): Promise<void> {
  await withClient(server, server.dbType === 'mariadb' ? 'mariadb' : 'mysql', async (command, args) => {
    const child = spawn(command, [...args, '--binary-mode', '--comments', database], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const [[code], said] = await Promise.all([
      once(child, 'close'),
      text(child.stderr),
      // a client that ends early says why
      pipeline(dump, child.stdin).catch(() => {}),
    ]);
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${said.slice(-MOST_SAID)}`);
  });
}

/** A new, empty database in the place of an old one. */
export async function emptyDatabase(server: RunningServer, database: string): Promise<void> {
  const session = await openSession(server);
  await session.change(`DROP DATABASE IF EXISTS ${database}`);
  await session.change(`CREATE DATABASE ${database}`);
  await session.end();
}

/** A dump without dates and names, so that two dumps of the same content are the same bytes. */
export function withDump<Result>(
  server: RunningServer,
  database: string,
  use: (dump: Readable) => Promise<Result>,
  extraArgs: string[] = [],
): Promise<Result> {
  return jagadDump(server, database, use, ['--skip-comments', '--skip-dump-date', ...extraArgs]);
}

/** A dump with Jagad's options. @param extraArgs more of them */
export async function jagadDump<Result>(
  server: RunningServer,
  database: string,
  use: (dump: Readable) => Promise<Result>,
  extraArgs: string[] = [],
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'jagad-dump-'));
  try {
    const { command, args, env, credentials } = dumpCommand(server, database, join(directory, 'my.cnf'));
    await writeFile(join(directory, 'my.cnf'), credentials, { mode: 0o600 });
    const child = spawn(command, args.toSpliced(args.indexOf('--'), 0, ...extraArgs), {
      env: { PATH: process.env.PATH ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: MOST_DUMP_MS,
    });
    const [result, [code], said] = await Promise.all([use(child.stdout), once(child, 'close'), text(child.stderr)]);
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${said.slice(-MOST_SAID)}`);
    return result;
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function withClient<Result>(
  server: RunningServer,
  name: string,
  use: (command: string, args: string[]) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'jagad-client-'));
  try {
    const file = join(directory, 'my.cnf');
    await writeFile(file, `[client]\npassword="${server.password}"\n`, { mode: 0o600 });
    const command = server.binDir === undefined ? name : join(server.binDir, name);
    const { host, port, username } = server;
    return await use(command, [`--defaults-file=${file}`, '-h', host, '-P', String(port), '-u', username]);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The dump of a database that statements made. */
export async function dumpOfStatements(
  server: RunningServer,
  statements: string[],
  extraArgs: string[] = [],
): Promise<Buffer> {
  await emptyDatabase(server, 'source');
  const session = await openSession(server, 'source');
  for (const statement of statements) await session.rows(statement);
  await session.end();
  return withDump(server, 'source', (dump) => buffer(dump), extraArgs);
}

/**
 * Loads a dump with the plain client, and with the engine into nothing and over itself, and expects the same of all.
 * @returns what the engine reported.
 */
export async function loadBothWays(server: RunningServer, dump: Buffer, sessions: number): Promise<string[]> {
  const dbType = server.dbType === 'mysql' ? 'mysql' : 'mariadb';
  const dumpOf = async (database: string) =>
    (await withDump(server, database, (made) => buffer(made))).toString('latin1');
  const load = () => loadWithEngine(server, 'parts', Readable.from([dump]) as AsyncIterable<Buffer>, { sessions });
  await emptyDatabase(server, 'serial');
  // a dump of the other kind of server, with what this one refuses rewritten
  const filter = new MysqlDumpFilter(dumpTarget({ dbType, database: 'serial' }));
  const sent = Buffer.concat(pieces(dump).map((piece) => filter.apply(piece)));
  await loadWithClient(server, 'serial', Readable.from([sent]));
  const wanted = await dumpOf('serial');
  await emptyDatabase(server, 'parts');
  const told = await load();
  expect(await dumpOf('parts')).toBe(wanted);
  await load();
  expect(await dumpOf('parts')).toBe(wanted);
  return told;
}

/** The dump of these statements with the lines that a dump begins and ends with, unless it is told to leave out comments. */
export async function completeDump(server: RunningServer, statements: string[]): Promise<Buffer> {
  return Buffer.concat([
    Buffer.from(
      '-- MariaDB dump 10.19  Distrib 10.11.14-MariaDB, for debian-linux-gnu (x86_64)\n--\n-- Host: localhost    Database: parts\n',
    ),
    await dumpOfStatements(server, statements),
    Buffer.from('-- Dump completed\n'),
  ]);
}
