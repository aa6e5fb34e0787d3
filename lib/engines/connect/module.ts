/** What differs between engines when a server is only inspected. */
import type { Right } from '../rights.ts';
import type { TargetLook } from '../target-look.ts';
import type { Access } from './connect.ts';

/** What a login shows about a server. */
export interface LogIn {
  version: string;
  /** Protocol and cipher, or null without encryption. */
  tls: string | null;
  /** The existing databases that the user may see, except the server's own. */
  databases: string[];
  /** Why the server accepts no writes, or what to check before writing, and what to do. */
  writes?: string | undefined;
}

/** Every method only reads. It throws RestoreError if the server can't be reached or refuses. */
export interface DatabaseEngine {
  logIn(access: Access): Promise<LogIn>;
  /** @param database need not exist */
  look(access: Access, database: string): Promise<TargetLook>;
  /** @param database the one to restore into, which need not exist; null only asks about the server */
  rights(access: Access, database: string | null): Promise<Right[]>;
  /** Whether an error's code can only come from a server of this engine. */
  isOwnCode(code: string): boolean;
}
