/** The account that servers run as, because PostgreSQL and MariaDB refuse to run as root. */
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/**
 * If our own account is root, the account `nobody` (initdb requires an account that has a name). For any other user,
 * undefined: the account doesn't change.
 */
export async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((entry) => entry.startsWith('nobody:'));
  const [name, , uid, gid] = line?.split(':') ?? [];
  if (!name || !uid || !gid) throw new Error('there is no account "nobody" to run a database server as');
  return { name, uid: Number(uid), gid: Number(gid) };
}

/**
 * The first directory on an absolute path that accounts other than its owner can't enter; undefined if they can enter
 * all of them.
 */
export async function whatOthersCannotEnter(path: string): Promise<string | undefined> {
  const others = 0o001;
  const { mode } = await stat(path);
  const parent = dirname(path);
  const above = parent === path ? undefined : await whatOthersCannotEnter(parent);
  return above ?? ((mode & others) === 0 ? path : undefined);
}
