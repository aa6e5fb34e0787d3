/**
 * What a load needs on the server before the dump's first statement, and how to undo it: rights, the database, and the
 * user who loads the dump.
 */
import { quoteName } from '../../../formats/mysql-dump/reader/names.ts';
import { cannotCreate } from '../../connect/connect.ts';
import type { Reporter, Target } from '../../load/engine.ts';
import type { NeededPrivilege } from '../rules/restore-rights.ts';
import { connectMysql, queryRows } from '../session/session.ts';
import { othersIn } from './failures.ts';
import { deniedOf } from './sessions/denied.ts';
import { MysqlLoadUser } from './sessions/load-user.ts';
import type { TargetTraits } from './target.ts';

export class PreparedTarget {
  readonly #target: Target;
  readonly #traits: TargetTraits;
  /** Whether this restore created the database. */
  #madeDatabase = false;
  /** The user who loads tables and rows, if it isn't the connection's own. */
  #loadUser: MysqlLoadUser | undefined;

  constructor(target: Target, traits: TargetTraits) {
    this.#target = target;
    this.#traits = traits;
  }

  /** The target, with the login of the user who loads tables and rows. */
  get loadTarget(): Target {
    return this.#loadUser?.target ?? this.#target;
  }

  /** @returns the user who was created for the load, on the first call only: the caller drops it. */
  releaseUser(): MysqlLoadUser | undefined {
    const user = this.#loadUser;
    this.#loadUser = undefined;
    return user;
  }

  /**
   * Which of these privileges the server denies. Grants don't show them all, because there are other ways to have a
   * privilege.
   */
  async deniedOf(missing: readonly NeededPrivilege[]): Promise<NeededPrivilege[]> {
    const { database, databaseExists } = this.#traits;
    if (missing.length === 0 || !databaseExists) return [...missing];
    const { client } = await connectMysql(this.#target);
    try {
      return await deniedOf(client, missing, database);
    } finally {
      await client.end();
    }
  }

  /**
   * Creates the database if it doesn't exist, and the user who loads the dump.
   * @param unless why the connection's own user has to load the dump, in words; undefined if it doesn't have to.
   * @returns whether the connection is encrypted, and who else uses the database.
   */
  async make(telling: Reporter, unless: string | undefined): Promise<{ encrypted: boolean; others: string[] }> {
    const { client, encrypted } = await connectMysql(this.#target);
    let others: string[];
    try {
      const { database } = this.#target;
      // checked first, because IF NOT EXISTS waits for any open transaction in that database
      const found = await queryRows(client, 'SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?', [
        database,
      ]);
      if (found.length === 0) {
        await client.query(`CREATE DATABASE IF NOT EXISTS ${quoteName(database)}`).catch((error: unknown) => {
          throw cannotCreate(database, error);
        });
        this.#madeDatabase = true;
      }
      others = await othersIn(client, database);
      const user = unless ?? (await MysqlLoadUser.make(client, this.#target, encrypted));
      if (typeof user === 'string') {
        telling.log(`NOTE: ${this.#target.connection.username} loads tables and rows with all of its rights: ${user}`);
      } else this.#loadUser = user;
    } finally {
      await client.end();
    }
    return { encrypted, others };
  }

  /**
   * Drops the database that was created for the dump, if nothing of the dump was sent.
   * @returns whether everything is as before.
   */
  async hasTakenBack(): Promise<boolean> {
    if (!this.#madeDatabase) return true;
    const { client } = await connectMysql(this.#target);
    try {
      const { database } = this.#target;
      const used = await queryRows(
        client,
        'SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? UNION ALL ' +
          'SELECT 1 FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? LIMIT 1',
        [database, database],
      );
      if (used.length > 0) return false;
      await client.query(`DROP DATABASE ${quoteName(database)}`);
      return true;
    } finally {
      await client.end();
    }
  }
}
