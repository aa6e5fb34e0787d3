/** The sessions of one load: what they are called, whom they wait for, and how they are ended. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Reporter, Target } from '../../load/engine.ts';
import { connectMaintenance } from '../session/session.ts';
import { applicationName } from './commands.ts';
import { withoutSignal } from './role/role.ts';
import { tellWaits } from './waits.ts';

const END_TRIES = 40;
const END_PAUSE_MS = 250;

/** A session by what no dump can change of it: functions in a dump may set the name that it goes by. */
export interface SessionId {
  pid: number;
  since: string;
}

export class LoadSessions {
  /** What the sessions call themselves. */
  readonly application: string;
  readonly #target: Target;
  readonly #roleName: string;

  /** @param roleName of the role that loads the dump; empty if that is the connection's own user */
  constructor(target: Target, roleName: string) {
    this.#target = target;
    this.#roleName = roleName;
    this.application = applicationName(target.restoreId, randomBytes(4).toString('hex'));
  }

  /** So that it is found and ended, like those of a tool. */
  async name(client: pg.Client): Promise<void> {
    await client.query("SELECT pg_catalog.set_config('application_name', $1, false)", [this.application]);
  }

  /** Does the work, and says meanwhile whom the sessions wait for. */
  async tellingWaits<T>(telling: Reporter, work: () => Promise<T>): Promise<T> {
    const own = { application: this.application, role: this.#roleName };
    const waits = tellWaits(withoutSignal(this.#target), this.#target.database, own, telling);
    return work().finally(() => waits.stop());
  }

  /** @param also one that may go by another name now. @throws Error if the server still has any of them after 10 s */
  async end(also?: SessionId): Promise<void> {
    const client = await connectMaintenance(this.#target);
    try {
      for (let tries = 0; tries < END_TRIES; tries++) {
        const { rowCount } = await client.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 OR (pid = $2 AND backend_start::text = $3)',
          [this.application, also?.pid ?? 0, also?.since ?? ''],
        );
        if (rowCount === 0) return;
        await sleep(END_PAUSE_MS);
      }
      throw new Error('the server did not end them within 10 s');
    } finally {
      await client.end();
    }
  }
}

export async function idOfSession(client: pg.Client): Promise<SessionId> {
  const { rows } = await client.query<SessionId>(
    'SELECT pid, backend_start::text AS since FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()',
  );
  return rows[0] as SessionId;
}
