/** The account that runs a server: PostgreSQL and MariaDB refuse to run as root. */
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** For root, the account `nobody` (initdb requires one that has a name); for any other user undefined: no change. */
export async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((entry) => entry.startsWith('nobody:'));
  const [name, , uid, gid] = line?.split(':') ?? [];
  if (!name || !uid || !gid) throw new Error('there is no account "nobody" to run a database server as');
  return { name, uid: Number(uid), gid: Number(gid) };
}

/**
 * The first directory, at or above an absolute path, that accounts other than its owner can't enter; undefined if all
 * are open.
 */
export async function whatOthersCannotEnter(path: string): Promise<string | undefined> {
  const others = 0o001;
  const { mode } = await stat(path);
  const parent = dirname(path);
  const above = parent === path ? undefined : await whatOthersCannotEnter(parent);
  return above ?? ((mode & others) === 0 ? path : undefined);
}
