/**
 * Finds out whether a state directory is new or intact, without changing anything in it. A directory with any of our
 * files isn't new: a service that treated it as new would create a new administrator, and delete what is left of the
 * old data. A directory from a version that wrote no `state.json` is intact if its key opens its secrets and its
 * database has tables.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { KEY_BYTES, SecretsFile } from '../aws/secrets-service.ts';
import { TableStore } from '../aws/table-store.ts';
import { diskFault } from './disk-full.ts';
import { copiesIn } from './state-copies.ts';
import { ownFiles } from './state-directory.ts';
import { MARKER, readMarker, STATE_VERSION, type StateMarker, writeMarker } from './state-marker.ts';

export interface StateFault {
  part: 'marker' | 'secrets' | 'database' | 'bucket';
  /** A sentence that names the file. */
  text: string;
}

export interface WholeState {
  kind: 'whole';
  /** Undefined for a directory from a version that wrote none. */
  marker: StateMarker | undefined;
  secrets: number;
  tables: number;
  /** Only if all of them were read. */
  entries: number | undefined;
}

export type StateHealth =
  /** None of our files exist, or a first start was interrupted. */
  { kind: 'new' } | WholeState | { kind: 'damaged'; faults: StateFault[] } | { kind: 'newer'; version: number };

/** The service refuses to start with this state directory, and has not changed it. The message says what to do. */
export class StateRefused extends Error {}

/**
 * @param isThorough also reads every entry of the database.
 * @throws Error if the check itself fails.
 */
export async function checkState(directory: string, isThorough = false): Promise<StateHealth> {
  if (ownFiles(directory).every((name) => isNothing(join(directory, name)))) return { kind: 'new' };
  const read = readMarker(directory);
  if (read.kind === 'newer') return read;
  const marker = read.kind === 'read' ? read.marker : undefined;
  if (marker?.ready === false) return { kind: 'new' };
  const faults: StateFault[] = [];
  if (read.kind === 'broken')
    faults.push({ part: 'marker', text: `${join(directory, MARKER)} cannot be read: ${read.why}` });
  const secrets = checkSecrets(directory, marker, faults);
  const database = await checkDatabase(join(directory, 'dynamodb'), marker, isThorough, faults);
  const bucket = join(directory, 's3');
  if (!existsSync(bucket))
    faults.push({ part: 'bucket', text: `${bucket} is missing: it has the objects of the local bucket` });
  if (faults.length > 0) return { kind: 'damaged', faults };
  return { kind: 'whole', marker, secrets, ...database };
}

/** The files that are left by a start that ended before it stored anything. */
function isNothing(path: string): boolean {
  return basename(path) === 'service.pid' || (statSync(path).isDirectory() && readdirSync(path).length === 0);
}

/** @throws StateRefused if the state is damaged, or from a newer version; the errors of `checkState`. */
export async function requireState(directory: string): Promise<Exclude<StateHealth, { kind: 'damaged' | 'newer' }>> {
  const health = await checkState(directory);
  if (health.kind === 'damaged' || health.kind === 'newer') throw new StateRefused(refusal(directory, health));
  return health;
}

/**
 * The marker from now on. A first start writes it before it creates anything, so that an interrupted first start is
 * repeated.
 */
export function beginState(directory: string, health: { kind: 'new' } | WholeState): StateMarker {
  if (health.kind === 'whole' && health.marker !== undefined) return health.marker;
  const created_at = new Date().toISOString();
  const marker = { version: STATE_VERSION, created_at, ready: false, key_sha256: null, tables: [], starts: 0 } as const;
  if (health.kind === 'new') writeMarker(directory, { ...marker, tables: [] });
  return { ...marker, tables: [] };
}

/** What is wrong, and what to do about it. */
export function refusal(directory: string, health: Extract<StateHealth, { kind: 'damaged' | 'newer' }>): string {
  const place = resolve(directory);
  if (health.kind === 'newer') {
    return [
      `${join(place, MARKER)} says version ${health.version}, and this service knows version ${STATE_VERSION}: a newer service made this state. It was not changed.`,
      'Start the newer version of the service, or choose another directory with STATE_DIR.',
    ].join('\n');
  }
  const copies = copiesIn(place);
  const [newest] = copies;
  return [
    `The state in ${place} is damaged. It was not changed:`,
    ...health.faults.map(({ text }) => `  ${text}`),
    'Do one of these, then start the service again:',
    ...(health.faults.some(({ text }) => /EACCES|EPERM/.test(text))
      ? [
          `  Start it as the account that the files belong to, or give them to this one: chown -R "$(id -u)" ${shellWord(place)}`,
        ]
      : []),
    '  Restore the named files from your own backup of the directory.',
    ...(newest === undefined
      ? []
      : [
          `  Go back to a copy of secrets, connections, users and settings (${copies.map(({ number, createdAt }) => `${number} of ${createdAt}`).join(', ')}); damaged files are set aside, not deleted:`,
          `    STATE_DIR=${shellWord(place)} npm start -- --go-back ${newest.number}`,
        ]),
    ...(health.faults.every(({ part }) => part === 'marker')
      ? [
          '  Everything else is intact: have this file written again.',
          `    mv ${shellWord(join(place, MARKER))} ${shellWord(join(place, `${MARKER}.damaged`))}`,
        ]
      : []),
    '  Start with an empty state, and keep this one for inspection:',
    `    mv ${shellWord(place)} ${shellWord(`${place}.damaged`)}`,
  ].join('\n');
}

/** @returns the number of secrets. */
function checkSecrets(directory: string, marker: StateMarker | undefined, faults: StateFault[]): number {
  const keyPath = join(directory, 'secrets.key');
  const sealedPath = join(directory, 'secrets.sealed');
  const key = contentOf(keyPath, 'secrets', 'it opens the secrets', faults);
  const sealed = contentOf(sealedPath, 'secrets', 'it has the passwords and keys', faults);
  if (key !== undefined && key.length !== KEY_BYTES) {
    faults.push({ part: 'secrets', text: `${keyPath} has ${key.length} bytes instead of ${KEY_BYTES}` });
    return 0;
  }
  if (key !== undefined && marker?.key_sha256 && keyHash(key) !== marker.key_sha256) {
    faults.push({ part: 'secrets', text: `${keyPath} isn't the key that this state was made with` });
    return 0;
  }
  if (key === undefined || sealed === undefined) return 0;
  try {
    return new SecretsFile(directory).size;
  } catch {
    faults.push({ part: 'secrets', text: `${sealedPath} is not opened by ${keyPath}: one of them was changed` });
    return 0;
  }
}

export function keyHash(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex');
}

function contentOf(path: string, part: StateFault['part'], what: string, faults: StateFault[]): Buffer | undefined {
  try {
    const content = readFileSync(path);
    if (content.length > 0) return content;
    faults.push({ part, text: `${path} is empty: ${what}` });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const text = code === 'ENOENT' ? `${path} is missing: ${what}` : `${path} cannot be read: ${message}`;
    faults.push({ part, text });
  }
  return undefined;
}

async function checkDatabase(
  directory: string,
  marker: StateMarker | undefined,
  isThorough: boolean,
  faults: StateFault[],
): Promise<{ tables: number; entries: number | undefined }> {
  const nothing = { tables: 0, entries: undefined };
  const before = faults.length;
  const fault = (text: string) => void faults.push({ part: 'database', text });
  const current = contentOf(join(directory, 'CURRENT'), 'database', 'it says where the database starts', faults);
  const manifest = current?.toString('utf8').trim() ?? '';
  if (current !== undefined && !/^MANIFEST-\d+$/.test(manifest)) {
    fault(`${join(directory, 'CURRENT')} names no manifest: it was changed`);
  } else if (current !== undefined) {
    contentOf(join(directory, manifest), 'database', 'it lists the files of the database', faults);
    if (!readdirSync(directory).some((name) => name.endsWith('.log'))) {
      fault(`${directory} has no .log file: the latest writes are missing`);
    }
  }
  if (faults.length > before) return nothing;
  const shadow = mkdtempSync(join(tmpdir(), 'jagad-state-check-'));
  let store: TableStore | undefined;
  try {
    shadowOf(directory, shadow);
    store = await TableStore.open(shadow);
    const { TableNames = [] } = (await store.run('ListTables', {})) as { TableNames?: string[] };
    const missing = marker?.tables.filter((name) => !TableNames.includes(name)) ?? [];
    if (missing.length > 0) fault(`${directory} has lost tables: ${missing.join(', ')}`);
    else if (TableNames.length === 0) fault(`${directory} has no tables`);
    const starts = await store.starts();
    if (marker !== undefined && starts < marker.starts) {
      fault(
        `${directory} is older than ${MARKER} says (start ${starts} of ${marker.starts}): some of its files were lost, or it was replaced by an older copy. If that was intended, remove ${MARKER} and start again`,
      );
    }
    return { tables: TableNames.length, entries: isThorough ? await store.readAll() : undefined };
  } catch (error) {
    const full = diskFault(error);
    if (full !== undefined) throw new Error(`the state cannot be checked: ${tmpdir()}: ${full}`, { cause: error });
    fault(`${directory} cannot be opened: ${reasonOf(error).replaceAll(shadow, directory)}`);
    return nothing;
  } finally {
    await store?.close().catch(() => {});
    rmSync(shadow, { recursive: true, force: true });
  }
}

/**
 * LevelDB writes when it opens, so this gives it a copy of the directory. Files that it never changes are linked, and
 * the rest is copied.
 */
function shadowOf(directory: string, shadow: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (!statSync(path).isFile() || name === 'LOCK') continue;
    if (/\.(ldb|sst)$/.test(name)) symlinkSync(resolve(path), join(shadow, name));
    else copyFileSync(path, join(shadow, name));
  }
}

function reasonOf(error: unknown): string {
  let one = error as Error;
  while (one.cause instanceof Error) one = one.cause;
  return one.message;
}

function shellWord(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
