import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Keeps a second service out of a state directory. A lock is void if its process no longer exists.
 * @returns a function that releases the directory.
 * @throws Error that says which process has it.
 */
export function lockDirectory(directory: string): () => void {
  const path = lockPath(directory);
  const holder = holderOf(directory);
  if (holder !== undefined) throw inUse(directory, holder);
  rmSync(path, { force: true });
  writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 });
  return () => rmSync(path, { force: true });
}

export function inUse(directory: string, holder: number): Error {
  return new Error(
    `another service (process ${holder}) uses ${directory}: stop it, or choose another directory and port with STATE_DIR and PORT`,
  );
}

/** The process of the service that uses a state directory, if it isn't this one. */
export function holderOf(directory: string): number | undefined {
  try {
    const pid = Number(readFileSync(lockPath(directory), 'utf8'));
    if (pid === process.pid) return undefined;
    // the lock of a process that no longer exists, or whose number another program has now
    return /bin\/(local|reset-admin-password)\.ts|serve-process\.ts|vitest/.test(
      readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
    )
      ? pid
      : undefined;
  } catch {
    return undefined;
  }
}

function lockPath(directory: string): string {
  return join(directory, 'service.pid');
}
