/** What differs between engines when a server is only looked at. */
import type { Right } from '../rights.ts';
import type { TargetLook } from '../target-look.ts';
import type { Access } from './connect.ts';

/** What a login shows of a server. */
export interface LogIn {
  version: string;
  /** Protocol and cipher, or null without encryption. */
  tls: string | null;
  /** Databases that are there and that the user may see, without the server's own. */
  databases: string[];
  /** Why the server takes no writes, or what to look at before writing, with what to do. */
  writes?: string | undefined;
}

/** Every method reads only, and throws RestoreError when the server cannot be reached or refuses. */
export interface DatabaseEngine {
  logIn(access: Access): Promise<LogIn>;
  /** @param database is there or not */
  look(access: Access, database: string): Promise<TargetLook>;
  /** @param database the one to be restored into, whether it is there or not; null asks about the server alone */
  rights(access: Access, database: string | null): Promise<Right[]>;
  /** Whether an error's code shows that a server of this engine, and no other one, has told it. */
  isOwnCode(code: string): boolean;
}
