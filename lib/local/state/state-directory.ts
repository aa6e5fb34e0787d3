import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PARTS = ['dynamodb', 's3'];
/** Everything that this service, or an earlier version, creates in its state directory. */
const OURS =
  /^(dynamodb|s3|tasks|cdk\.out|copies|set-aside-.*|(secrets\.key|secrets\.sealed|service\.json|state\.json)(\.new)?|service\.log(\.\d+)?|service\.pid)$/;
const OTHERS = 0o077;
const WRITABLE_FOR_ALL = 0o002;

/** Where this machine's service keeps its state: STATE_DIR, otherwise `.local` in the checkout. */
export function stateDirectoryOf(env: NodeJS.ProcessEnv): string {
  return env.STATE_DIR || fileURLToPath(new URL('../../../.local', import.meta.url));
}

/** Which of our files are in a directory; none if it doesn't exist. */
export function ownFiles(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).filter((name) => OURS.test(name)) : [];
}

/**
 * Creates the state directory, or closes an existing one to all other accounts. The files in one that was open are
 * closed too: others may know their paths.
 * @throws Error if the directory isn't only ours: closing it would take it from others.
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

/** @param wasReachable also the content of a directory that was itself closed */
function close(path: string, wasReachable: boolean): void {
  const status = lstatSync(path);
  if (status.isSymbolicLink()) return;
  const isOpen = (status.mode & OTHERS) !== 0;
  if (isOpen) chmodSync(path, status.mode & 0o700);
  if (!status.isDirectory() || !(isOpen || wasReachable)) return;
  for (const name of readdirSync(path)) close(join(path, name), wasReachable || isOpen);
}
