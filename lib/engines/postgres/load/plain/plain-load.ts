/** Loads a plain SQL dump through a session of its own. */
import pg from 'pg';
import type { Loading, PreparedLoad, Reporter, Target } from '../../../load/engine.ts';
import { needsTrusted } from '../../rules/needs-trusted.ts';
import { connectCreating, connectMaintenance, connectPostgres } from '../../session/session.ts';
import { analyzeTarget } from '../analyze.ts';
import { type RestoreRole, removeAfterLoad } from '../role/role.ts';
import { idOfSession, LoadSessions, type SessionId } from '../sessions.ts';
import { loadPlain } from './plain.ts';
import { PlainPart, undoPart } from './plain-part.ts';

export class PostgresPlainLoad implements PreparedLoad {
  readonly #target: Target;
  readonly #role: RestoreRole | undefined;
  readonly #sessions: LoadSessions;
  /** The session that loads the dump; undefined after it has loaded it. */
  #session: SessionId | undefined;

  /** @param role that loads the dump; undefined if the connection's own user does */
  constructor(target: Target, role: RestoreRole | undefined) {
    this.#target = target;
    this.#role = role;
    this.#sessions = new LoadSessions(target, role?.name ?? '');
  }

  async load(
    dump: AsyncIterable<Buffer>,
    { telling, signal, analyze, tables, beforeNextWrite, isAsBefore }: Loading,
  ): Promise<void> {
    const { database } = this.#target;
    const access = { ...this.#target, limits: { ...this.#target.limits, signal } };
    const { client: own, created } = await connectCreating(access, database, { encoding: '', locale: undefined });
    const role = this.#role;
    let part: PlainPart | undefined;
    const isTakenBack = async () => {
      if (created) await this.#dropNew(telling);
      isAsBefore();
    };
    const undo = async () => {
      // its session may have been ended
      await own.end().catch(() => {});
      if (!created && part !== undefined) await undoPart(part, { ...this.#target, limits: undefined }, database);
    };
    let client = own;
    try {
      if (role !== undefined) {
        await this.#sessions.name(own);
        await beforeNextWrite();
        const begin = () => PlainPart.begin(own, role, telling);
        part = await this.#sessions.tellingWaits(telling, begin);
        client = await connectPostgres({ ...role.access(), limits: access.limits }, database);
      }
      await this.#sessions.name(client);
      await beforeNextWrite();
      this.#session = await idOfSession(client);
      const trust = (what: string) => needsTrusted(this.#target, what);
      await this.#sessions.tellingWaits(telling, () =>
        loadPlain(
          dump,
          {
            ...{ client, created, own: part, undo, isTakenBack, needsTrusted: trust, tables },
            analyze: async () => {
              if (analyze) await analyzeTarget(role?.access() ?? this.#target, database, telling, signal);
            },
          },
          telling,
        ),
      );
      this.#session = undefined;
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      await client.end().catch(() => {});
      await own.end().catch(() => {});
    }
  }

  /** The database, if this restore created it and it is empty. */
  async #dropNew(telling: Reporter): Promise<void> {
    const client = await connectMaintenance(this.#target);
    try {
      await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(this.#target.database)}`);
    } catch (error) {
      telling.warn(
        `the new database ${this.#target.database} is empty, and could not be dropped: ${(error as Error).message}`,
      );
    } finally {
      await client.end();
    }
  }

  async endSessions(): Promise<void> {
    if (this.#session !== undefined) await this.#sessions.end(this.#session);
  }

  async close(telling: Reporter): Promise<void> {
    await removeAfterLoad(this.#role, telling);
  }
}
