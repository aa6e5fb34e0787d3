/**
 * Sessions that an earlier restore left in the target database, because its task was killed or lost the connection to
 * the server. By then the target's lock is free, but such a session may still write: it may run a long statement or
 * wait for a lock, and the server only notices afterwards that the client is gone. So before a restore inspects its
 * target:
 * - it ends sessions of restores that have ended, and waits until they are gone;
 * - it only waits for sessions of any other restore (by hand, or of another service), because someone may still need
 *   them.
 *
 * If a session is still there after a while, the restore fails before its first write, and the error names the session.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { RestoreError } from '../../errors/errors.ts';
import type { Reporter } from './engine.ts';

const LOOK_INTERVAL_MS = 250;
/** A server ends a session within moments, unless the session has much to roll back. */
const ENDS_WITHIN_MS = 30_000;

export interface LeftSession {
  /** The server's id for the session. */
  id: number;
  /** The restore that the session belongs to, in words: `restore 7c0b…`. */
  of: string;
  /** Whether that restore has ended, so that the session may be ended. */
  isOver: boolean;
}

export interface LeftSessions {
  database: string;
  /** Lists the sessions that still exist. */
  look(): Promise<LeftSession[]>;
  /** @throws the server's refusal */
  end(id: number): Promise<void>;
  /** The statement with which a person can end a session. */
  statement(id: number): string;
}

/** @throws RestoreError that names the sessions that still exist */
export async function endLeftSessions(
  { database, look, end, statement }: LeftSessions,
  telling: Pick<Reporter, 'log'>,
  withinMs = ENDS_WITHIN_MS,
): Promise<void> {
  const began = performance.now();
  let isTold = false;
  let refusal: Error | undefined;
  for (;;) {
    const left = await look();
    if (left.length === 0) return;
    if (!isTold)
      telling.log(
        `NOTE: database ${database} has sessions from an earlier restore, which have to end first: ${inWords(left)}`,
      );
    isTold = true;
    if (performance.now() - began > withinMs) throw stillThere(database, left, statement, refusal);
    for (const { id, isOver } of left) {
      if (!isOver) continue;
      await end(id).catch((error: Error) => {
        refusal = error;
      });
    }
    await sleep(LOOK_INTERVAL_MS);
  }
}

/** `12, 14 of restore 7c0b…; 15 of …` */
function inWords(sessions: readonly LeftSession[]): string {
  const byRestore = Map.groupBy(sessions, ({ of }) => of);
  return [...byRestore].map(([of, some]) => `${some.map(({ id }) => id).join(', ')} of ${of}`).join('; ');
}

function stillThere(
  database: string,
  left: readonly LeftSession[],
  statement: (id: number) => string,
  refusal: Error | undefined,
): RestoreError {
  const why = refusal === undefined ? '' : `; the server refused to end one: ${refusal.message}`;
  return new RestoreError(
    `sessions from an earlier restore are still active in database ${database}: ${inWords(left)}${why}`,
    {
      hint: `Wait until they have ended, or end them with ${left.map(({ id }) => statement(id)).join('; ')}. Then restore again.`,
    },
  );
}
