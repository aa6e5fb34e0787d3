import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { loadBackup } from '../../../containers/restore/load-backup.ts';
import { NOT_VERIFIED } from '../../backups/verify/model.ts';
import { type Connection, connection } from '../../connections/model.ts';
import { SSL_MODES } from '../../databases/names.ts';
import { lookAtTarget } from '../../engines/connect/modules.ts';
import { MAX_LOOK_BYTES } from '../../engines/connect/session-socket.ts';
import { checkCertificates } from '../../engines/connect/trusted-certificates.ts';
import type { Reporter } from '../../engines/load/engine.ts';
import { TableStates, tableLines } from '../../engines/table-states.ts';
import { RestoreStopped, ServiceError } from '../../errors/errors.ts';
import type { EncryptionKey } from '../../pipeline/decryption/decrypt.ts';
import { currentVersion, OUTAGE_MINUTES } from '../../pipeline/download/download.ts';
import { type TargetState, targetSentence } from '../../restores/end/target-state.ts';
import type { ObjectSource } from '../../storage/objects/object-source.ts';
import { type Caller, say } from '../caller.ts';
import { confirmOverwrite } from '../checks/confirm.ts';
import { checkFit, checkServer } from '../checks/fit.ts';
import { lookAtBackup } from '../checks/look.ts';
import { type Command, oneOf, readArguments, readSha256, wrongUsage } from '../command.ts';
import { encryptionDemand, OBJECT_HELP, OBJECT_OPTIONS, objectNamed } from '../input/object.ts';
import { encryptionKeys, KEY_HELP, PASSWORD_HELP, targetPassword } from '../input/secrets.ts';
import { readTarget, type TargetUrl } from '../input/target.ts';
import { ProgressLine } from '../output/progress.ts';
import { checksumLine, verifyWatched } from './verify.ts';

const OPTIONS = {
  ...OBJECT_OPTIONS,
  to: { type: 'string' },
  'password-file': { type: 'string' },
  'ssl-mode': { type: 'string', default: 'prefer' },
  'ca-file': { type: 'string' },
  verify: { type: 'string', default: 'always' },
  sha256: { type: 'string' },
  'no-analyze': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
} as const;

export const restoreCommand: Command = {
  summary: 'restores a backup into a database of a live server',
  help: `Usage: npx jagad-restore restore OBJECT --to postgresql://user@host:port/database [OPTIONS]
       … --to mysql://user@host:port/database, --to mariadb://user@host:port/database

Restores a backup as the service does: verifies all of it first, then streams it into the database's own
tools (pg_restore, mysql, mariadb: they must be installed). The database is created if it does not exist. There is no
lock: make sure that no other restore writes to the same database.

  --to URL          server, user and database, without a password
  --ssl-mode MODE   ${SSL_MODES.join(', ')}; default prefer
  --ca-file PATH    certificates (PEM) to verify the server's with, instead of the public ones and those of RDS
  --sha256 HEX      the checksum from the backup's record: a mismatch ends the restore before the target is touched
  --verify skip     don't verify first: damage in the backup may only be found after the target has changed
  --no-analyze      don't collect statistics on restored tables (ANALYZE), which the first queries need
  --yes             overwrite an existing database without asking; required without a terminal

A large PostgreSQL archive is written to the disk first (into TMPDIR), and restored by several sessions.

${PASSWORD_HELP}

${OBJECT_HELP}

${KEY_HELP}`,
  run: restore,
};

async function restore(args: string[], caller: Caller): Promise<void> {
  const { object, values } = readArguments(args, OPTIONS);
  if (values.to === undefined)
    throw wrongUsage('--to is missing', 'Name the target: --to postgresql://user@host/database.');
  const target = readTarget(values.to);
  const sslMode = oneOf('--ssl-mode', values['ssl-mode'], SSL_MODES);
  const isVerified = oneOf('--verify', values.verify, ['always', 'skip']) === 'always';
  const sha256 = readSha256(values.sha256);
  if (!isVerified && sha256 !== null)
    throw wrongUsage('--sha256 has no effect with --verify skip', 'Remove one of them.');
  const connection = connectionTo(target, sslMode, await certificates(values['ca-file']));

  const source = await objectNamed(object, values, caller);
  const keys = await encryptionKeys(source, caller);
  const password = await targetPassword(values['password-file'], target.username, caller);
  const progress = new ProgressLine(caller.stderr);
  const telling = tellingOf(caller, progress);
  const mustBeEncrypted = encryptionDemand(values);
  const { signal } = caller;

  const unfit = checkFit(await lookAtBackup(source, keys, { mustBeEncrypted, signal }), target);
  const there = await lookAtTarget({ connection, password, limits: { maxBytes: MAX_LOOK_BYTES } }, target.database);
  checkServer(target, there);
  if (unfit !== undefined) telling.warn(unfit);
  if (there.databaseExists && !values.yes) await confirmOverwrite(target, there, caller);

  const verified = await (isVerified
    ? verifiedVersion(source, keys, sha256, telling, progress, {
        contents: 'dump',
        dbType: target.dbType,
        mustBeEncrypted,
        signal,
        onOutage: telling.log,
      })
    : unverifiedVersion(source, telling, signal));
  let state: TargetState = 'untouched';
  const tables = new TableStates();
  try {
    await loadBackup(
      { source, keys, mustBeEncrypted, verified, dumpBytes: verified.dumpBytes },
      { connection, password, database: target.database, restoreId: crypto.randomUUID() },
      {
        telling,
        workDirectory: tmpdir(),
        signal,
        analyze: !values['no-analyze'],
        outageMs: OUTAGE_MINUTES * 60_000,
        tables,
        beforeFirstWrite: async () => {
          state = 'incomplete';
        },
        // there is no lock here: other restores aren't kept away, and nothing can take the target over
        beforeNextWrite: async () => {},
        isAsBefore: () => {
          state = 'untouched';
        },
      },
    );
  } catch (error) {
    const left = [targetSentence(state), ...(state === 'untouched' ? [] : tablesInLines(tables))].join('\n');
    if (signal.aborted) throw new RestoreStopped((signal.reason as Error).message, { hint: left });
    if (error instanceof ServiceError) error.hint = [error.hint, left].filter(Boolean).join(' ');
    else say(caller.stderr, left);
    throw error;
  } finally {
    progress.end();
  }
}

/** The state of each table after a failed restore. */
function tablesInLines(tables: TableStates): string[] {
  const known = tables.summary();
  if (known === null) return [];
  return tableLines(known).map(({ heading, names, more }) => {
    const listed = names.length === 0 ? '' : ` (${names.join(', ')}${more === 0 ? '' : `, and ${more} more`})`;
    return `${heading}${listed}`;
  });
}

interface Version {
  etag: string;
  sha256: string | null;
  dumpBytes: number | null;
}

async function verifiedVersion(
  source: ObjectSource,
  keys: readonly EncryptionKey[],
  expected: string | null,
  telling: Reporter,
  progress: ProgressLine,
  options: Parameters<typeof verifyWatched>[4],
): Promise<Version> {
  const verified = await verifyWatched(source, keys, expected, progress, options);
  telling.log(checksumLine(expected, verified.sha256));
  return verified;
}

async function unverifiedVersion(source: ObjectSource, telling: Reporter, signal: AbortSignal): Promise<Version> {
  telling.warn(NOT_VERIFIED);
  const { etag } = await currentVersion(source, signal);
  return { etag, sha256: null, dumpBytes: null };
}

/** The log goes to stdout, in the service's form. Progress goes to the terminal. */
function tellingOf({ stdout }: Caller, progress: ProgressLine): Reporter {
  const log = (line: string) => {
    progress.clear();
    say(stdout, line);
  };
  return {
    log,
    warn: (line) => log(`WARNING: ${line}`),
    stage: (stage, bytesTotal) => progress.begin(stage, bytesTotal),
    progress: progress.at,
  };
}

function connectionTo(target: TargetUrl, sslMode: Connection['ssl_mode'], caBundle: string | null): Connection {
  const now = new Date().toISOString();
  return connection.parse({
    id: crypto.randomUUID(),
    name: 'the target',
    db_type: target.dbType,
    host: target.host,
    port: target.port,
    username: target.username,
    ssl_mode: sslMode,
    ca_bundle: caBundle,
    created_at: now,
    updated_at: now,
  });
}

async function certificates(path: string | undefined): Promise<string | null> {
  if (path === undefined) return null;
  const pem = await readFile(path, 'utf8').catch((error: Error) => {
    throw wrongUsage(`--ca-file cannot be read: ${error.message}`, 'Check the path.');
  });
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw wrongUsage('--ca-file contains no certificate', 'Use a PEM file: -----BEGIN CERTIFICATE-----.');
  }
  checkCertificates(pem);
  return pem;
}
