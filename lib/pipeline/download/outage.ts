/**
 * A period in which a storage delivers nothing, whether it refuses requests, returns errors, disconnects or doesn't
 * respond. All parts of a download share it: it lasts from the last byte that any of them received, and the next byte
 * ends it. The limit is a time, not a number of tries: a storage that refuses at once would use up any number of tries
 * within seconds. The limit may change during an outage: once a restore has written to its target, giving up costs
 * more.
 */

export interface OutageLimits {
  /** How long to keep retrying, in ms. */
  patienceMs(): number;
  /**
   * The pause after the first failure. It doubles with each further failure, up to `MOST_DELAY_MS`, and varies by half.
   */
  retryDelayMs: number;
}

export type OutageListener = (line: string) => void;

const MOST_DELAY_MS = 5000;
/** Short outages aren't logged: stores drop connections now and then. */
const TELL_AFTER_MS = 5000;
const TELL_EVERY_MS = 30_000;

export class Outage {
  readonly #limits: OutageLimits;
  readonly #tell: OutageListener;
  /** When the last byte arrived, by the monotonic clock. */
  #lastByteAt = performance.now();
  #failures = 0;
  #toldAt: number | undefined;

  constructor(limits: OutageLimits, tell: OutageListener) {
    this.#limits = limits;
    this.#tell = tell;
  }

  /** Call this when a byte has arrived. */
  over(): void {
    const now = performance.now();
    if (this.#toldAt !== undefined) this.#tell(`the storage answers again, after ${seconds(now - this.#lastByteAt)}`);
    this.#lastByteAt = now;
    this.#failures = 0;
    this.#toldAt = undefined;
  }

  /** Nothing was requested until now, so the time before doesn't count. */
  rested(): void {
    if (this.#failures === 0) this.#lastByteAt = performance.now();
  }

  /**
   * Call this when a try has failed.
   * @returns how long to wait before the next one, in ms; undefined to give up
   */
  failed(error: Error): number | undefined {
    this.#failures += 1;
    const now = performance.now();
    const awayMs = now - this.#lastByteAt;
    const leftMs = this.#limits.patienceMs() - awayMs;
    if (leftMs <= 0) return undefined;
    const isToTell = this.#toldAt === undefined ? awayMs > TELL_AFTER_MS : now - this.#toldAt > TELL_EVERY_MS;
    if (isToTell) {
      this.#toldAt = now;
      const until = new Date(Date.now() + leftMs).toISOString().replace(/\.\d+Z$/, 'Z');
      this.#tell(`the storage has been unavailable for ${seconds(awayMs)} (${error.message}); trying until ${until}`);
    }
    const delayMs = Math.min(MOST_DELAY_MS, this.#limits.retryDelayMs * 2 ** (this.#failures - 1));
    // make the last try when the time is up, not long before
    return Math.min(delayMs * (0.5 + Math.random()), leftMs);
  }

  /** `the storage has been unavailable for 600 s, in 131 tries`. */
  get inWords(): string {
    const tries = this.#failures === 1 ? 'one try' : `${this.#failures} tries`;
    return `the storage has been unavailable for ${seconds(performance.now() - this.#lastByteAt)}, in ${tries}`;
  }
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
