import { TableStates } from '../../engines/table-states.ts';
import { orNotFound } from '../../errors/not-found.ts';
import { isNotWritable } from '../../errors/not-writable.ts';
import type { Progress } from '../../pipeline/progress.ts';
import { bindRestore, logger } from '../../telemetry/log.ts';
import type { Restore } from '../model.ts';
import type { RestoreTables } from '../tables.ts';
import { isAskedToStop, MUST_STOP_AFTER_MS } from './claim.ts';
import { withLine } from './end.ts';
import type { TargetState } from './target-state.ts';
import { whenWritable } from './when-writable.ts';

type Recovery = NonNullable<Restore['recovery']>;

const INTERVAL_MS = 1000;
const HEARTBEAT_TICKS = 10;
/** Warnings and log share DynamoDB's 400 KB with the rest of the record. */
const MOST_WARNINGS = 200;
const LONGEST_WARNING = 500;
const LONGEST_LINE = 2000;

/**
 * Writes progress into a running restore's record: log, warnings and counts, with at most one write per second. It
 * writes for the worker that has the restore's claim. Without a worker, it writes as long as no worker has the claim.
 */
export class RestoreReporter {
  /** The record as it was when the reporter started. */
  readonly restore: Restore;
  readonly worker: string | null;
  /** What a load reports about its tables. */
  readonly tables = new TableStates(() => {
    this.#dirty = true;
  });
  readonly #records: RestoreTables;
  #log: string;
  #warnings: string[];
  #progress: Progress;
  #recovery: Restore['recovery'];
  #targetState: Restore['target_state'];
  #dirty = false;
  #ended = false;
  #isStopping = false;
  /** Measured with the monotonic clock, so that setting the clock doesn't stop a restore. */
  #writtenAt = performance.now();
  #writing: Promise<void> = Promise.resolve();
  readonly #onEnded: () => void;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;

  private constructor(
    records: RestoreTables,
    restore: Restore,
    onEnded: () => void,
    worker: string | null,
    signal: AbortSignal | undefined,
  ) {
    this.#records = records;
    this.#signal = signal;
    this.#onEnded = onEnded;
    this.worker = worker;
    this.restore = restore;
    this.#log = restore.log_output;
    this.#warnings = [...restore.warnings];
    this.#progress = restore.progress ?? { stage: 'validating', bytes_done: 0, bytes_total: 0 };
    this.#recovery = restore.recovery;
    this.#targetState = restore.target_state;
    let ticks = 0;
    this.#timer = setInterval(() => {
      ticks += 1;
      // even if there is nothing to report, so that a quiet restore notices that it has ended
      const isHeartbeat = ticks % HEARTBEAT_TICKS === 0;
      if (isHeartbeat) this.#dirty = true;
      this.#flush(isHeartbeat && worker !== null);
    }, INTERVAL_MS);
  }

  /**
   * @param onEnded called when nothing is left to do: because the record has ended meanwhile (stopped, timed out,
   * considered dead) or belongs to another worker now, so that it is no longer written to; or because the worker is
   * asked to stop.
   * @param worker who has the restore's claim; null if the caller writes to no target.
   * @param signal if given, a write that fails because the state can't be written to is repeated until the signal
   * aborts.
   * @throws NotFound if there is no such restore.
   */
  static async open(
    records: RestoreTables,
    restoreId: string,
    onEnded: () => void = () => {},
    worker: string | null = null,
    signal?: AbortSignal,
  ): Promise<RestoreReporter> {
    const restore = orNotFound(await records.restores.get(restoreId), 'restore');
    bindRestore(restore);
    return new RestoreReporter(records, restore, onEnded, worker, signal);
  }

  log(line: string): void {
    logger.info(line);
    this.#log = withLine(this.#log, line);
    this.#dirty = true;
  }

  warn(line: string): void {
    if (this.#warnings.length < MOST_WARNINGS) this.#warnings.push(line.slice(0, LONGEST_WARNING));
    else if (this.#warnings.length === MOST_WARNINGS) this.#warnings.push('… and more: see the log');
    this.log(`WARNING: ${line.slice(0, LONGEST_LINE)}`);
  }

  stage(stage: Progress['stage'], bytesTotal: number): void {
    this.#progress = { stage, bytes_done: 0, bytes_total: bytesTotal };
    this.#dirty = true;
  }

  /** @param bytesDone of the object. */
  readonly progress = (bytesDone: number): void => {
    const bytes_total = Math.max(this.#progress.bytes_total, bytesDone);
    this.#progress = { ...this.#progress, bytes_done: bytesDone, bytes_total };
    this.#dirty = true;
  };

  /** For a physical backup: how far recovery got, and how long a step took. */
  recovered({ reached, timings }: { reached?: string; timings?: Partial<Recovery['timings']> }): void {
    if (this.#recovery === null) return;
    const before = this.#recovery;
    this.#recovery = {
      ...before,
      reached: reached ?? before.reached,
      timings: { ...before.timings, ...timings },
    };
    this.#dirty = true;
  }

  /** Reports the target's current state. */
  target(state: TargetState): void {
    this.#targetState = state;
    this.#dirty = true;
  }

  /**
   * Reports that everything is in the target.
   * @param bytes the progress count, if it was unknown before
   */
  done(bytes = this.#progress.bytes_total): void {
    this.#progress = { stage: 'done', bytes_done: bytes, bytes_total: bytes };
    this.tables.allCompleted();
    this.target('complete');
  }

  /**
   * Writes the current state.
   * @returns false if the restore has ended, or belongs to another worker.
   * @throws DynamoDB's error.
   */
  async save(): Promise<boolean> {
    await this.#writing;
    this.#dirty = false;
    return this.#writeAtLast();
  }

  /** Writes what hasn't been written yet. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#flush(false);
    await this.#writing;
    if (this.#dirty && !this.#ended && this.#signal !== undefined) await this.#writeAtLast().catch(() => {});
  }

  async #writeAtLast(): Promise<boolean> {
    const write = () => this.#write(this.#fields());
    return this.#signal === undefined ? write() : whenWritable(write, this.#signal);
  }

  #flush(isLooking: boolean): void {
    if (!this.#dirty || this.#ended) return;
    this.#dirty = false;
    const fields = this.#fields();
    this.#writing = this.#writing.then(async () => {
      try {
        if (!(await this.#write(fields))) {
          this.#ended = true;
          this.#stop();
        } else if (isLooking) await this.#look();
      } catch (error) {
        this.#dirty = true; // the next write contains everything that this one does
        if (isNotWritable(error)) {
          // not asked to stop: until the record can be written again, this worker can't be considered dead, nor its
          // target be taken
          this.#writtenAt = performance.now();
          if (this.worker !== null) await this.#look().catch(() => {});
          return;
        }
        // if others see no sign of this worker for longer, they consider it dead
        if (this.worker !== null && performance.now() - this.#writtenAt > MUST_STOP_AFTER_MS) this.#stop();
      }
    });
  }

  async #write(fields: Partial<Restore>): Promise<boolean> {
    const began = performance.now();
    const where = { status: 'running', claimed_by: this.worker } as const;
    if (!(await this.#records.restores.update(this.restore.id, fields, where))) return false;
    this.#writtenAt = began;
    return true;
  }

  /** Nothing else stops a task that the execution doesn't watch. */
  async #look(): Promise<void> {
    const restore = await this.#records.restores.get(this.restore.id);
    if (restore !== undefined && isAskedToStop(restore)) this.#stop();
  }

  #stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#onEnded();
  }

  #fields(): Partial<Restore> {
    return {
      log_output: this.#log,
      warnings: this.#warnings,
      progress: this.#progress,
      target_state: this.#targetState,
      tables: this.tables.summary() ?? this.restore.tables,
      recovery: this.#recovery,
      ...(this.worker === null ? {} : { worker_seen_at: new Date().toISOString() }),
    };
  }
}
