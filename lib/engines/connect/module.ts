/** What differs between engines when a server is only inspected. */
import type { Right } from '../rights.ts';
import type { TargetLook } from '../target-look.ts';
import type { Access } from './connect.ts';

/** What a login shows about a server. */
export interface LogIn {
  version: string;
  /** Protocol and cipher, or null without encryption. */
  tls: string | null;
  /** Existing databases that the user may see, without the server's own. */
  databases: string[];
  /** Why the server accepts no writes, or what to check before writing, with what to do. */
  writes?: string | undefined;
}

/** Every method only reads, and throws RestoreError if the server can't be reached or refuses. */
export interface DatabaseEngine {
  logIn(access: Access): Promise<LogIn>;
  /** @param database may exist or not */
  look(access: Access, database: string): Promise<TargetLook>;
  /** @param database the one to restore into, whether or not it exists; null asks only about the server */
  rights(access: Access, database: string | null): Promise<Right[]>;
  /** Whether an error's code can only come from a server of this engine. */
  isOwnCode(code: string): boolean;
}
