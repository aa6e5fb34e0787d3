/**
 * Lets attempts at a password through at the rate that login-limit.ts sets. In one process, the attempts that are
 * counted together wait in one queue, and one loop takes turns for them from the table: it sends two requests per turn,
 * however many attempts wait. Which attempt gets the turn is random. Each attempt gives up after a while. If there are
 * several processes, any of them may take the turn.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TooManyRequests } from '../../errors/errors.ts';
import type { AccountTables } from '../tables.ts';
import {
  type Attempts,
  DRAW_MS,
  delayAfterMs,
  MAX_DELAY_MS,
  MAX_WAIT_MS,
  remembered,
  withAttempt,
} from './login-limit.ts';

export interface Turn {
  /** The number of failed attempts, including this one. */
  failures: number;
  /** The attempt didn't fail: neither it nor its delay counts. */
  giveBack(): Promise<void>;
}

interface Waiting {
  resolve(turn: Turn): void;
  reject(error: unknown): void;
}

type Attempted = Pick<AccountTables, 'loginAttempts'>;

/**
 * The limit for one process. Each attempt takes a few KiB; attempts beyond the limit have to try again. If it were low,
 * whoever retries fastest would take all the places.
 */
const MAX_WAITING = 400;

let waiting = 0;
const queues = new WeakMap<Attempted, Map<string, Waiting[]>>();

/**
 * Waits for a turn and takes it. No other attempt gets the same turn.
 * @param key see attemptsKey.
 * @throws TooManyRequests if it takes too long.
 */
export async function takeTurn(records: Attempted, key: string): Promise<Turn> {
  if (waiting >= MAX_WAITING) throw tooMany();
  const { promise, resolve, reject } = Promise.withResolvers<Turn>();
  const one: Waiting = { resolve, reject };
  const queue = queueFor(records, key);
  queue.push(one);
  waiting += 1;
  const timer = setTimeout(() => {
    const at = queue.indexOf(one);
    if (at >= 0) queue.splice(at, 1);
    reject(tooMany());
  }, MAX_WAIT_MS);
  try {
    return await promise;
  } finally {
    waiting -= 1;
    clearTimeout(timer);
  }
}

function tooMany(): TooManyRequests {
  return new TooManyRequests('too many attempts to log in', MAX_DELAY_MS);
}

/** The queue of a key. A new queue is processed from now on. */
function queueFor(records: Attempted, key: string): Waiting[] {
  const byKey = queues.get(records) ?? new Map<string, Waiting[]>();
  queues.set(records, byKey);
  let queue = byKey.get(key);
  if (queue === undefined) {
    queue = [];
    byKey.set(key, queue);
    void serve(records, key, queue).finally(() => byKey.delete(key));
  }
  return queue;
}

async function serve(records: Attempted, key: string, queue: Waiting[]): Promise<void> {
  await Promise.resolve(); // the caller that created the queue is about to enter it
  try {
    while (queue.length > 0) {
      const turn = await nextTurn(records, key);
      const [drawn] = queue.splice(Math.floor(Math.random() * queue.length), 1);
      if (drawn === undefined) await turn.giveBack();
      else drawn.resolve(turn);
    }
  } catch (error) {
    for (const one of queue.splice(0)) one.reject(error);
  }
}

async function nextTurn(records: Attempted, key: string): Promise<Turn> {
  for (let hasDrawn = false; ; ) {
    const now = Date.now();
    const stored = await records.loginAttempts.get(key);
    const before = remembered(stored, now);
    const waitMs = Math.max(0, before.next_at - now);
    if (waitMs === 0 && (hasDrawn || delayAfterMs(before.failures) === 0)) {
      const taken = withAttempt(before, now);
      if (await records.loginAttempts.replace(key, stored, taken)) {
        return { failures: taken.failures, giveBack: () => giveBack(records, key, taken) };
      }
    }
    // another process may be just as fast; which of them gets the turn is random
    await sleep(waitMs + Math.random() * DRAW_MS);
    hasDrawn = true;
  }
}

async function giveBack(records: Attempted, key: string, taken: Attempts): Promise<void> {
  for (;;) {
    const now = await records.loginAttempts.get(key);
    if (now === undefined || now.failures === 0) return;
    // another attempt may have been let through since then: its delay stays
    const next_at = now.next_at === taken.next_at ? Date.now() : now.next_at;
    if (await records.loginAttempts.replace(key, now, { failures: now.failures - 1, next_at })) return;
  }
}
