import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PARTS = ['dynamodb', 's3'];
/** Everything in a state directory that this service, or an earlier version, creates. */
const OURS =
  /^(dynamodb|s3|tasks|cdk\.out|copies|set-aside-.*|(secrets\.key|secrets\.sealed|service\.json|state\.json)(\.new)?|service\.log(\.\d+)?|service\.pid)$/;
const OTHERS = 0o077;
const WRITABLE_FOR_ALL = 0o002;

/** The directory for the state of this machine's service: STATE_DIR, or else `.local` in the checkout. */
export function stateDirectoryOf(env: NodeJS.ProcessEnv): string {
  return env.STATE_DIR || fileURLToPath(new URL('../../../.local', import.meta.url));
}

/** Which of our files are in a directory; none if the directory doesn't exist. */
export function ownFiles(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).filter((name) => OURS.test(name)) : [];
}

/**
 * Creates the state directory, or makes an existing one inaccessible to all other accounts. If it was accessible, the
 * files in it are made private too, because others may know their paths.
 * @throws Error if the directory isn't only ours: then others would lose access to it.
 */
export function openStateDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { mode } = statSync(directory);
  const names = readdirSync(directory).filter((name) => name !== 'lost+found'); // of a separate disk
  const isForeign = names.length > 0 && !names.some((name) => OURS.test(name));
  if (isForeign || mode & WRITABLE_FOR_ALL) {
    const why = isForeign ? 'contains other files' : 'can be written to by everyone';
    throw new Error(`${directory} ${why}: choose a directory for this service alone with STATE_DIR`);
  }
  try {
    chmodSync(directory, 0o700);
    for (const part of PARTS) mkdirSync(join(directory, part), { recursive: true, mode: 0o700 });
    const wasOpen = (mode & OTHERS) !== 0;
    for (const name of names.filter((one) => OURS.test(one))) {
      close(join(directory, name), wasOpen || name === 'dynamodb'); // the bucket may contain very many files
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    throw new Error(`${directory} belongs to another user: choose another place with STATE_DIR`, { cause: error });
  }
}

/** @param wasReachable whether to change the content of directories that were private themselves */
function close(path: string, wasReachable: boolean): void {
  const status = lstatSync(path);
  if (status.isSymbolicLink()) return;
  const isOpen = (status.mode & OTHERS) !== 0;
  if (isOpen) chmodSync(path, status.mode & 0o700);
  if (!status.isDirectory() || !(isOpen || wasReachable)) return;
  for (const name of readdirSync(path)) close(join(path, name), wasReachable || isOpen);
}
