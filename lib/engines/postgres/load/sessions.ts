/** The sessions of one load: what they are called, what they wait for, and how they are ended. */
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

/** Identifies a session by properties that no dump can change: functions in a dump may set the application name. */
export interface SessionId {
  pid: number;
  since: string;
}

export class LoadSessions {
  /** The sessions' application name. */
  readonly application: string;
  readonly #target: Target;
  readonly #roleName: string;

  /** @param roleName the role that loads the dump; empty if the connection's own user does */
  constructor(target: Target, roleName: string) {
    this.#target = target;
    this.#roleName = roleName;
    this.application = applicationName(target.restoreId, randomBytes(4).toString('hex'));
  }

  /** Sets the session's name, so that it is found and ended like a tool's session. */
  async name(client: pg.Client): Promise<void> {
    await client.query("SELECT pg_catalog.set_config('application_name', $1, false)", [this.application]);
  }

  /** Does the work, and meanwhile reports whom the sessions wait for. */
  async tellingWaits<T>(telling: Reporter, work: () => Promise<T>): Promise<T> {
    const own = { application: this.application, role: this.#roleName };
    const waits = tellWaits(withoutSignal(this.#target), this.#target.database, own, telling);
    return work().finally(() => waits.stop());
  }

  /**
   * @param also a session that may have another name now.
   * @throws Error if any of them still exists after 10 s
   */
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
