/**
 * Faults: what happens to a restore, at which step, and how it may end. `npm test` runs those marked `often`; the long
 * tier runs all of them with every engine, and random ones.
 */
import type { DbType } from '../../lib/databases/names.ts';
import { NETWORK_FAULTS, type NetworkFault } from './faulty-proxy.ts';

/**
 * When in a restore the fault strikes: before the request; while the backup is read for its verification; when the task
 * starts, before anything is written; while the target is being written; or a number of milliseconds after the request.
 */
export type Step = 'start' | 'verifying' | 'task' | 'loading' | number;

/** How a restore may end: its target as it was before, or like the backup, or reported as incomplete. */
export type End = 'before' | 'backup' | 'incomplete';

export type What =
  /** @param forMs how long it lasts; forever if left out */
  | { network: NetworkFault; to: 'storage' | 'database'; forMs?: number }
  /** One byte of a storage response changes in transit, once. */
  | { garble: 'storage' }
  /** @param kill `server`: the database server, which starts again and recovers */
  | { kill: 'task' | 'tool' | 'session' | 'server' }
  /**
   * The disk that a task writes its files to.
   * @param forMs when there is space again
   */
  | { disk: 'full' | 'read-only'; forMs: number }
  /** The whole service, with everything that it started and could not stop. */
  | { kill: 'service' };

/** What strikes, and where. */
export interface Strike {
  what: What;
  step: Step;
}

export interface Fault extends Strike {
  ends: readonly End[];
  /** With this engine it runs in `npm test`. */
  often?: DbType | undefined;
}

/** Long enough to take effect, and far shorter than what a restore waits for. */
const OVER_MS = 2000;
/** The task should start by then. */
const ROOM_AGAIN_MS = 6000;
const RANDOM_FOR_MS = 5000;
/** A restore of the scene takes about so long. */
const RANDOM_AFTER_MS = 4000;

/** The storage may be unavailable for a while at any step, in any way. A silent connection is abandoned after 30 s. */
const OFTEN_OF_STORAGE: Partial<Record<`${NetworkFault} ${Step}`, DbType>> = {
  'refuse verifying': 'postgresql',
  'stall loading': 'mariadb',
  'unavailable loading': 'mariadb',
};
const ofStorage = NETWORK_FAULTS.flatMap((network) =>
  (['verifying', 'loading'] as const).map((step): Fault => {
    const often = OFTEN_OF_STORAGE[`${network} ${step}`];
    return { what: { network, to: 'storage', forMs: OVER_MS }, step, ends: ['backup'], often };
  }),
);
const OFTEN_OF_DATABASE: Partial<Record<NetworkFault, DbType>> = { cut: 'postgresql', reset: 'mariadb' };

/** A broken session can't be resumed: before the first write, nothing is lost; later, the restore reports it. */
const ofDatabase = (['cut', 'reset', 'refuse'] as const).flatMap((network): Fault[] => [
  { what: { network, to: 'database', forMs: OVER_MS }, step: 'start', ends: ['before', 'backup'] },
  {
    what: { network, to: 'database', forMs: OVER_MS },
    step: 'loading',
    ends: ['incomplete'],
    often: OFTEN_OF_DATABASE[network],
  },
]);

export const FAULTS: readonly Fault[] = [
  ...ofStorage,
  ...ofDatabase,
  { what: { network: 'stall', to: 'database', forMs: OVER_MS }, step: 'loading', ends: ['backup'] },
  { what: { network: 'slow', to: 'database', forMs: OVER_MS }, step: 'loading', ends: ['backup'] },
  { what: { garble: 'storage' }, step: 'verifying', ends: ['backup'], often: 'mariadb' },
  // an archive that several jobs restore is read whole before the first write
  { what: { garble: 'storage' }, step: 'loading', ends: ['before', 'incomplete'] },
  { what: { disk: 'full', forMs: ROOM_AGAIN_MS }, step: 'start', ends: ['backup'], often: 'postgresql' },
  { what: { disk: 'read-only', forMs: ROOM_AGAIN_MS }, step: 'start', ends: ['backup'] },
  { what: { kill: 'task' }, step: 'task', ends: ['before'], often: 'mariadb' },
  { what: { kill: 'task' }, step: 'loading', ends: ['incomplete'], often: 'postgresql' },
  { what: { kill: 'tool' }, step: 'loading', ends: ['incomplete'], often: 'postgresql' },
  { what: { kill: 'session' }, step: 'loading', ends: ['incomplete'], often: 'mariadb' },
  { what: { kill: 'server' }, step: 'loading', ends: ['incomplete'], often: 'mariadb' },
  { what: { kill: 'service' }, step: 'verifying', ends: ['before'] },
  { what: { kill: 'service' }, step: 'task', ends: ['before'] },
  { what: { kill: 'service' }, step: 'loading', ends: ['incomplete'], often: 'postgresql' },
];

/** A load waits for a lost response for as long as its connection lives. */
const OF_A_DATABASE = NETWORK_FAULTS.filter((fault) => fault !== 'swallow');

/** A random one, out of those that a service survives. */
export function randomStrike(random: () => number): Strike {
  const oneOf = <T>(all: readonly T[]) => all[Math.floor(random() * all.length)] as T;
  const what = oneOf<() => What>([
    () => ({ network: oneOf(NETWORK_FAULTS), to: 'storage', forMs: random() * RANDOM_FOR_MS }),
    () => ({ network: oneOf(OF_A_DATABASE), to: 'database', forMs: random() * RANDOM_FOR_MS }),
    () => ({ kill: oneOf(['task', 'tool', 'session'] as const) }),
  ]);
  return { what: what(), step: random() * RANDOM_AFTER_MS };
}

export function nameOf({ what, step }: Strike): string {
  const at = typeof step === 'number' ? `${Math.round(step)} ms after the start` : AT[step];
  if ('kill' in what) return `kill -9 of the ${what.kill} ${at}`;
  if ('disk' in what) return `a task directory that is ${what.disk} ${at}`;
  if ('garble' in what) return `a byte from the storage changed ${at}`;
  const ms = what.forMs === undefined ? 'for good' : `for ${Math.round(what.forMs / 100) / 10} s`;
  return `${what.to}: ${what.network} ${ms} ${at}`;
}

const AT = {
  start: 'before the start',
  verifying: 'while verifying',
  task: 'as the task starts',
  loading: 'while loading',
} as const;
