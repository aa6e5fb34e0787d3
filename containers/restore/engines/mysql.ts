import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { connectMysql, queryRows } from '../../../lib/databases/mysql.ts';
import { trustedCertificates } from '../../../lib/databases/trusted-certificates.ts';
import { isPostgresArchive, staysLine } from '../../../lib/domain/dump-fit.ts';
import type { DumpHead } from '../../../lib/domain/dump-head.ts';
import { RestoreError } from '../../../lib/domain/errors.ts';
import { MysqlDumpFilter } from '../../../lib/domain/sql/mysql-dump-filter.ts';
import { quoteName } from '../../../lib/domain/sql/names.ts';
import { StatementReader } from '../../../lib/domain/sql/statement-reader.ts';
import type { PrivateFiles } from '../private-files.ts';
import { runCommand } from '../run-command.ts';
import type { Engine, Loading, Target, Telling, ToolCommand, ToolEnd } from './engine.ts';
import { ASK_SESSION_ID, clientFlavour, defaultsFile, type MysqlClient, mysqlCommand } from './mysql-commands.ts';
import { readTarget, type TargetTraits } from './mysql-target.ts';

const SESSION_END_TRIES = 40;
const SESSION_END_PAUSE_MS = 250;

/** Restores with the `mysql` or `mariadb` client; MySQL and MariaDB differ in what of a dump they take. */
export class MysqlEngine implements Engine {
  readonly #target: Target;
  #traits: TargetTraits | undefined;
  #client: MysqlClient | undefined;
  #filter: MysqlDumpFilter | undefined;
  #sessionId: number | undefined;
  /** Whether the tool was started, and has not ended by itself. */
  #running = false;

  constructor(target: Target) {
    this.#target = target;
  }

  readonly onStdout = (text: string): void => {
    this.#sessionId ??= /^\d+$/m.test(text) ? Number.parseInt(text, 10) : undefined;
  };
  readonly onStderr = (): void => {};

  async inspect({ kind }: DumpHead, _telling: Telling): Promise<void> {
    if (kind !== 'sql') throw isPostgresArchive(this.#target.connection.db_type);
    this.#client = await findClient(this.#target);
    const { client, encrypted } = await connectMysql(this.#target);
    try {
      this.#traits = await readTarget(client, this.#target, encrypted);
    } finally {
      await client.end();
    }
  }

  async load(dump: AsyncIterable<Buffer>, { files, telling, signal }: Loading): Promise<void> {
    const command = await this.#prepare(files);
    this.#running = true;
    const end = await runCommand(command, this.#filtered(dump), this, signal);
    this.#running = false;
    this.#judge(end, telling);
  }

  async #prepare(files: PrivateFiles): Promise<ToolCommand> {
    const { client, encrypted } = await connectMysql(this.#target);
    try {
      await client.query(`CREATE DATABASE IF NOT EXISTS ${quoteName(this.#target.database)}`);
    } finally {
      await client.end();
    }
    return mysqlCommand(
      this.#client as MysqlClient,
      this.#target,
      encrypted,
      {
        defaultsFile: await files.write('my.cnf', defaultsFile(this.#target.password)),
        caFile: await files.write('ca.pem', trustedCertificates(this.#target.connection)),
        home: files.home,
      },
      process.env.PATH ?? '',
    );
  }

  async *#filtered(dump: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const reader = new StatementReader();
    const filter = new MysqlDumpFilter(this.#traits as TargetTraits);
    this.#filter = filter;
    yield Buffer.from(ASK_SESSION_ID);
    for await (const chunk of dump) {
      const pieces = reader.push(chunk).map((statement) => filter.apply(statement));
      if (pieces.length > 0) yield Buffer.concat(pieces);
    }
    yield Buffer.concat(reader.end().map((statement) => filter.apply(statement)));
  }

  #judge({ exitCode, stderr }: ToolEnd, telling: Telling): void {
    for (const note of this.#filter?.notes ?? []) telling.log(`NOTE: ${note}`);
    if (exitCode !== 0) {
      const error = stderr.split('\n').findLast((line) => /^ERROR /.test(line)) ?? stderr.trim();
      throw new RestoreError(error || `${this.#client?.command} ended with exit code ${exitCode}`, {
        hint: hintFor(error),
      });
    }
    const created = this.#filter?.created ?? new Set();
    for (const { kind, name } of this.#traits?.before ?? []) {
      if (!created.has(name)) telling.warn(staysLine(`${kind} ${name}`));
    }
  }

  async endSessions(): Promise<void> {
    if (!this.#running) return;
    if (this.#sessionId === undefined) return;
    const { client } = await connectMysql(this.#target);
    try {
      for (let tries = 0; tries < SESSION_END_TRIES; tries++) {
        const sessions = await queryRows(client, 'SELECT 1 FROM information_schema.processlist WHERE id = ?', [
          this.#sessionId,
        ]);
        if (sessions.length === 0) return;
        // it may end by itself in between
        await client.query(`KILL CONNECTION ${this.#sessionId}`).catch(() => {});
        await sleep(SESSION_END_PAUSE_MS);
      }
    } finally {
      await client.end();
    }
  }
}

/** The client that is there: for MariaDB `mariadb`, else `mysql`; for MySQL the other way round. */
async function findClient({ connection }: Target): Promise<MysqlClient> {
  const names = connection.db_type === 'mariadb' ? (['mariadb', 'mysql'] as const) : (['mysql', 'mariadb'] as const);
  for (const command of names) {
    const version = await promisify(execFile)(command, ['--version']).catch(() => undefined);
    if (version !== undefined) return { command, flavour: clientFlavour(version.stdout) };
  }
  throw new RestoreError(`neither ${names.join(' nor ')} can be run`, {
    hint: "Install the database's client; the restore image has it.",
  });
}

/** What to do about an error of the server, by its number. */
function hintFor(error: string): string {
  const number = Number(/^ERROR (\d+)/.exec(error)?.[1]);
  switch (number) {
    case 1044:
    case 1045:
    case 1142:
    case 1227:
      return 'Check target connection credentials: the user lacks a right that the dump needs. The target is incomplete.';
    case 1153:
    case 2020:
      return 'Raise max_allowed_packet on the target server, then restore again. The target is incomplete.';
    case 2006:
    case 2013:
      return 'The server closed the connection: read its log, raise max_allowed_packet, then restore again. The target is incomplete.';
    case 1273:
      return 'The target does not know a collation of the dump: restore to a server of the version that was backed up, or newer.';
    default:
      return 'The target is incomplete. Mend what the message names, then restore again, or into a new database.';
  }
}
