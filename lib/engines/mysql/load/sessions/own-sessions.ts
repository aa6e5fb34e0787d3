/** The sessions that a load has opened, so that those that are left after a failure can be found and ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type mysql from 'mysql2/promise';
import { quoteName } from '../../../../formats/mysql-dump/reader/names.ts';
import type { Target } from '../../../load/engine.ts';
import { MARKS, markSql } from '../../rules/session-mark.ts';
import { connectMysql, queryRows } from '../../session/session.ts';
import { READ_AS_DUMPS } from '../commands.ts';
import type { MysqlSession } from './session.ts';

const END_TRIES = 40;
const END_PAUSE_MS = 250;

export class OwnMysqlSessions {
  /** Sessions of the client programs. */
  readonly clients: MysqlSession[] = [];
  /** Sessions without a client program: those of the connection's own user, and those of the user who loads. */
  readonly definitionIds: number[] = [];
  readonly keyIds: number[] = [];
  readonly #restoreId: string;
  readonly #takesMarks: boolean;
  /** How many sessions are marked. */
  #marks = 0;

  /** @param takesMarks whether the server accepts the mark of a restore (lib/engines/mysql/rules/session-mark.ts) */
  constructor(restoreId: string, takesMarks: boolean) {
    this.#restoreId = restoreId;
    this.#takesMarks = takesMarks;
  }

  get ids(): number[] {
    return [...this.definitionIds, ...this.#loadIds];
  }

  get #loadIds(): number[] {
    return [...this.keyIds, ...this.clients.flatMap(({ id }) => id ?? [])];
  }

  /** The statement that marks the next session as one of this restore's, if the server supports that. */
  mark(): string[] {
    return this.#takesMarks && this.#marks < MARKS ? [markSql(this.#restoreId, this.#marks++)] : [];
  }

  /**
   * A session like those of the clients: in the target database, reading text with the same settings.
   * @param ids the list that its id is added to
   * @param signal ends it, even if it is waiting: the driver's own `destroy` would leave a query without an answer
   * forever
   * @param statements that it begins with
   */
  async openForText(
    target: Target,
    ids: number[],
    signal: AbortSignal,
    statements: readonly string[] = [],
  ): Promise<mysql.Connection> {
    const { client } = await connectMysql({ ...target, limits: { signal } }, 'latin1');
    ids.push(client.threadId);
    const use = `USE ${quoteName(target.database)}`;
    // it is idle as long as the rows take
    const settings = [
      'SET NAMES utf8mb4, wait_timeout = 2147483',
      Buffer.from(use).toString('latin1'),
      READ_AS_DUMPS,
      ...this.mark(),
      ...statements,
    ];
    for (const sql of settings) await client.query(sql);
    return client;
  }

  /**
   * @param loader the user who loads, if it isn't the connection's own. A user may end its own sessions, but needs a
   * privilege to end those of others
   */
  async end(target: Target, loader: Target | undefined): Promise<void> {
    if (loader !== undefined) await endThese(this.#loadIds, loader).catch(() => {});
    await endThese(this.ids, target);
  }
}

/**
 * Ends sessions that a killed client program may have left.
 * @param by the user that ends them
 */
async function endThese(ids: readonly number[], by: Target): Promise<void> {
  if (ids.length === 0) return;
  const { client } = await connectMysql(by);
  try {
    for (let tries = 0; tries < END_TRIES; tries++) {
      const left = await queryRows<{ id: number }>(
        client,
        'SELECT id AS id FROM information_schema.processlist WHERE id IN (?)',
        [ids],
      );
      if (left.length === 0) return;
      // one of them may end by itself in the meantime
      for (const { id } of left) await client.query(`KILL CONNECTION ${id}`).catch(() => {});
      await sleep(END_PAUSE_MS);
    }
    throw new Error('the server did not end them within 10 s');
  } finally {
    await client.end();
  }
}
