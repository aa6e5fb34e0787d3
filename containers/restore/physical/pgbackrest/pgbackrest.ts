import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Backup } from '../../../../lib/backups/model.ts';
import type { WindowTimeline } from '../../../../lib/backups/physical/recovery-window.ts';
import {
  judgeUnreached,
  reachedInWords,
  recoverySettings,
  refuseTooEarly,
  timelineSetting,
} from '../../../../lib/engines/physical/postgres-recovery.ts';
import { type Account, unprivilegedAccount, whatOthersCannotEnter } from '../../../../lib/engines/programs/account.ts';
import { PrivateFiles } from '../../../../lib/engines/programs/private-files.ts';
import { RestoreError } from '../../../../lib/errors/errors.ts';
import type { HeldBackup } from '../../../../lib/formats/pgbackrest/info.ts';
import { RecoveryLog } from '../../../../lib/formats/pgbackrest/postgres-recovery-log.ts';
import { walSegments } from '../../../../lib/formats/pgbackrest/wal-position.ts';
import type { StagedServer, Staging } from '../staged-server.ts';
import { stopwatch } from '../stopwatch.ts';
import { OpenRepository, type PgBackRestRepository, type Reading } from './pgbackrest-repository.ts';
import { postgresBinDir } from './postgres-bin-dir.ts';
import { PostgresCopy } from './postgres-copy.ts';
import { COPY_HBA } from './postgres-copy-commands.ts';

/** A socket's path has up to 107 bytes (unix(7)), which includes `/.s.PGSQL.5432` and `/socket-XXXXXX`. */
const LONGEST_SOCKET_PARENT = 75;

/**
 * Restores a pgBackRest backup to the task's disk, and recovers it to the requested point in a server of its own major
 * version. That server listens on a socket, and doesn't know the repository any more.
 * @param along the timeline to follow; undefined for the backup's own state, which needs none.
 * @throws RestoreError or StorageProviderError that says what is missing; or the signal's reason. By then, everything
 * that was started has ended, and no file contains a secret.
 */
export async function stagePgBackRest(
  staging: Staging,
  repository: PgBackRestRepository,
  along: Pick<WindowTimeline, 'timeline' | 'last_segment'> | undefined,
): Promise<StagedServer> {
  const { directory, telling, took, signal } = staging;
  const account = await ownDirectory(directory);
  const own = (path: string) => ownedBy(path, account);
  const files = await PrivateFiles.in(directory);
  let open: OpenRepository | undefined;
  try {
    await own(files.home);
    const data = await own(await newDirectory(directory, 'data'));
    const tablespaces = await own(await newDirectory(directory, 'tablespaces'));
    const reading: Reading = { ...nameOf(staging.chain), data, tablespaces, files, account, telling, signal };
    open = await OpenRepository.open(repository, reading);
    const found = await open.find();
    // pgBackRest's "last" is the last backup on any timeline
    const held = along === undefined ? found : { ...found, archiveMax: along.last_segment };
    refuseTooEarly(staging.target, held);
    const binDir = await postgresBinDir(held.major);
    if (held.damaged) telling.warn(`pages with wrong checksums were found when the backup ${held.label} was made`);

    const lap = stopwatch();
    telling.stage('spooling', held.bytes);
    await open.restore(held);
    took({ download_ms: lap() });
    telling.log(`SPOOL: OK (PostgreSQL ${held.major}, ${held.label}, ${held.bytes} bytes on the task's disk)`);

    telling.stage('preparing', 0);
    const socketDirectory = await own(await newSocketDirectory(directory));
    const removeSocket = () => rm(socketDirectory, { recursive: true, force: true });
    const copy = await prepareCopy({ binDir, data, socketDirectory }, directory, account, signal);
    took({ prepare_ms: lap() });
    try {
      const reached = await recover(copy, held, open.restoreCommand, staging, along?.timeline ?? null);
      await copy.ensureSuperuser(() => startRecovered(copy));
      took({ replay_ms: lap() });
      return {
        reached,
        databases: () => copy.databases(),
        dumpBytes: (database) => copy.databaseBytes(database),
        dump: (database) => copy.dump(database),
        stop: () => copy.stop().finally(removeSocket),
      };
    } catch (error) {
      await copy.stop().finally(removeSocket);
      throw error;
    }
  } finally {
    await open?.close();
    await files.remove();
  }
}

function nameOf(chain: readonly Backup[]): Pick<Reading, 'path' | 'stanza' | 'label'> {
  const backup = chain.at(-1);
  if (!backup?.stanza || !backup.label) {
    throw new RestoreError('the record of the backup names no stanza and label of a pgBackRest repository', {
      hint: 'Scan the bucket again.',
    });
  }
  return { path: backup.storage_path.replace(/\/$/, ''), stanza: backup.stanza, label: backup.label };
}

/**
 * Gives the directory to the account that servers run as.
 * @throws RestoreError if that account can't enter it.
 */
async function ownDirectory(directory: string): Promise<Account | undefined> {
  const account = await unprivilegedAccount();
  const closed = account && (await whatOthersCannotEnter(dirname(directory)));
  if (closed) {
    throw new RestoreError(`PostgreSQL does not run as root, and ${account.name} cannot enter ${closed}`, {
      hint: 'Run the service as an ordinary user, or keep its state in a directory that others may enter.',
    });
  }
  await ownedBy(directory, account);
  return account;
}

async function ownedBy(path: string, account: Account | undefined): Promise<string> {
  if (account) await chown(path, account.uid, account.gid);
  return path;
}

async function newDirectory(parent: string, name: string): Promise<string> {
  const path = join(parent, name);
  await mkdir(path, { mode: 0o700 });
  return path;
}

function newSocketDirectory(directory: string): Promise<string> {
  const parent = Buffer.byteLength(directory) > LONGEST_SOCKET_PARENT ? '/tmp' : directory;
  return mkdtemp(join(parent, 'socket-'));
}

/** Turns the restored files into a server that ignores all of the copied server's settings. */
async function prepareCopy(
  place: { binDir: string; data: string; socketDirectory: string },
  directory: string,
  account: Account | undefined,
  signal: AbortSignal,
): Promise<PostgresCopy> {
  const configFile = await writeOwned(join(directory, 'postgresql.conf'), '', account);
  const hbaFile = await writeOwned(join(directory, 'pg_hba.conf'), COPY_HBA, account);
  await writeOwned(join(place.data, 'postgresql.auto.conf'), '', account);
  const env = { PATH: process.env.PATH ?? '', HOME: directory, LC_ALL: 'C' };
  return PostgresCopy.at({ ...place, configFile, hbaFile, env }, account, signal);
}

async function writeOwned(path: string, text: string, account: Account | undefined): Promise<string> {
  await writeFile(path, text, { mode: 0o600 });
  return ownedBy(path, account);
}

/**
 * Replays the log up to the point, or to its end if the point is a later time.
 * @returns how far it got, in words
 */
async function recover(
  copy: PostgresCopy,
  held: HeldBackup,
  restoreCommand: string,
  staging: Staging,
  timeline: number | null,
): Promise<string> {
  const { target, telling } = staging;
  const log = new RecoveryLog();
  const tellProgress = replayProgress(copy, held, log, staging);
  const settings = recoverySettings(target, held, timeline);
  const ended = await copy.start({ restore_command: restoreCommand, ...settings }, log, tellProgress);
  const reached = reachedInWords(target, held, log, timeline);
  if (ended === undefined) return reached;
  const unreached = judgeUnreached(target, held, log, ended);
  if (unreached.kind === 'failure') throw unreached.error;
  telling.log('NOTE: the archived log ends before the requested time: recovering to its end');
  await startRecovered(copy, { restore_command: restoreCommand, ...timelineSetting(held, timeline) });
  telling.warn(`the requested time is after the end of the archived log; this is ${reached}`);
  return reached;
}

/**
 * Starts the server without a recovery target.
 * @throws RestoreError with its last log lines, if it ends.
 */
async function startRecovered(copy: PostgresCopy, settings: Record<string, string> = {}): Promise<void> {
  const log = new RecoveryLog();
  const ended = await copy.start(settings, log);
  if (ended === undefined) return;
  throw new RestoreError(`the copy of the server ended with ${ended}; the end of its log:\n${log.tail}`, {
    hint: 'Restore again.',
  });
}

/**
 * Counts the log in bytes of fetched segments. The total reaches up to the backup's own end, or covers everything that
 * is archived.
 */
function replayProgress(
  { walSegmentBytes }: PostgresCopy,
  { walStart, walStop, archiveMax }: HeldBackup,
  log: RecoveryLog,
  { target, telling }: Staging,
): () => void {
  const last = target.kind === 'backup' ? walStop : archiveMax;
  const bytesTo = (segment: string | null) =>
    walStart === null || segment === null ? 0 : walSegments(walStart, segment, walSegmentBytes) * walSegmentBytes;
  telling.stage('replaying', bytesTo(last));
  let told: string | undefined;
  return () => {
    const { asked } = log;
    if (asked === undefined || !asked.found || asked.segment === told) return;
    told = asked.segment;
    telling.progress(bytesTo(told));
  };
}
