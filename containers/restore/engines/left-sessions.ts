/**
 * Sessions that an earlier restore has left in the target database: its task was killed, or could not reach the server any
 * more. The target's lock is free by then, but such a session may still write: it runs a long statement, or waits for a
 * lock, and the server notices only at its end that the client has gone. So before a restore looks at its target:
 *
 * - sessions of restores that have ended are ended, and waited for;
 * - those of any other restore (by hand, of another service) are only waited for: they may be someone's work.
 *
 * What is still there after a while keeps the restore from its first write, and the error names it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { RestoreError } from '../../../lib/errors/errors.ts';
import type { Reporter } from './engine.ts';

const LOOK_INTERVAL_MS = 250;
/** A server that has got the word ends a session within moments, unless it is rolling much back. */
const ENDS_WITHIN_MS = 30_000;

export interface LeftSession {
  /** The server's number of it. */
  id: number;
  /** Of which restore, in words: `restore 7c0b…`. */
  of: string;
  /** Whether that restore has ended, so that the session may be. */
  isOver: boolean;
}

export interface LeftSessions {
  database: string;
  /** The current ones. */
  look(): Promise<LeftSession[]>;
  /** @throws what the server refuses with */
  end(id: number): Promise<void>;
  /** The statement that ends one by hand. */
  statement(id: number): string;
}

/** @throws RestoreError naming the sessions that are still there */
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
