/**
 * What a PostgreSQL server logs during recovery: its own log, without a prefix, in English and UTC, and the lines of
 * the `pgbackrest archive-get` that it calls for each WAL file. The messages are those in xlogrecovery.c, 12 to 18.
 */
import { WAL_SEGMENT, walPosition } from './wal-position.ts';

export class RecoveryLog {
  /** The last lines, used as the error if nothing better is known. */
  readonly #tail: string[] = [];
  /** pgBackRest's error, with its detail. */
  readonly #archiveError: string[] = [];
  #inArchiveError = false;
  #asking: string | undefined;
  #asked: { segment: string; found: boolean } | undefined;
  #stop: string | undefined;
  #consistentAt: string | undefined;
  #lastCommit: string | undefined;
  #invalidRecord: string | undefined;
  #fatal: string | undefined;
  #ready = false;

  /** Takes a line. Irrelevant lines of pgBackRest are ignored. */
  push(line: string): void {
    if (this.#pushArchive(line)) return;
    this.#tail.push(line);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    const [, level = '', message = ''] = /^([A-Z]+):\s+(.*)$/.exec(line) ?? [];
    if (level === 'FATAL' || level === 'PANIC') this.#fatal ??= message;
    if (level === 'LOG') this.#pushLog(message);
  }

  #pushArchive(line: string): boolean {
    this.#asking = ASKING.exec(line)?.[1] ?? this.#asking;
    const asked = ASKED.exec(line);
    if (asked) this.#ask(asked[2] as string, asked[1] === 'found');
    this.#inArchiveError = /^ERROR: \[\d+\]: /.test(line) || (this.#inArchiveError && /^\s{3}/.test(line));
    if (this.#inArchiveError) this.#archiveError.push(line);
    return this.#inArchiveError || line.startsWith('INFO: ');
  }

  /** The server requests a segment on one timeline after another. */
  #ask(segment: string, found: boolean): void {
    if (!WAL_SEGMENT.test(segment)) return;
    const order = this.#asked && walPosition(segment).localeCompare(walPosition(this.#asked.segment));
    if (order === undefined || order > 0) this.#asked = { segment, found };
    else if (order === 0 && found) this.#asked = { segment, found };
  }

  #pushLog(message: string): void {
    this.#stop = /^recovery stopping (.*)$/.exec(message)?.[1] ?? this.#stop;
    this.#consistentAt = /^consistent recovery state reached at (\S+)/.exec(message)?.[1] ?? this.#consistentAt;
    this.#lastCommit = /^last completed transaction was at log time (.*)$/.exec(message)?.[1] ?? this.#lastCommit;
    if (INVALID_RECORD.test(message)) this.#invalidRecord = message;
    if (message.startsWith('database system is ready to accept connections')) this.#ready = true;
  }

  /** The server accepts connections: it has reached its target. */
  get ready(): boolean {
    return this.#ready;
  }

  /** The furthest segment requested, on the newest timeline that has it. */
  get asked(): { segment: string; found: boolean } | undefined {
    return this.#asked;
  }

  /** Where it stopped, in the server's words: `before commit of transaction 742, time …`. */
  get stop(): string | undefined {
    return this.#stop === undefined ? undefined : utcTimes(this.#stop);
  }

  /** The log position from which on the copy was consistent. */
  get consistentAt(): string | undefined {
    return this.#consistentAt;
  }

  /** When the last replayed transaction was committed; ISO 8601, UTC. */
  get lastCommit(): string | undefined {
    return this.#lastCommit === undefined ? undefined : utcTimes(this.#lastCommit);
  }

  /**
   * Why the server stopped reading the log. At the regular end of the log, there is a harmless message of this kind,
   * too.
   */
  get invalidRecord(): string | undefined {
    return this.#invalidRecord;
  }

  /** The last file requested from pgBackRest: a segment, or a timeline's history. */
  get asking(): string | undefined {
    return this.#asking;
  }

  /** pgBackRest's message if it failed to fetch an existing file. */
  get archiveError(): string | undefined {
    return this.#archiveError.length === 0 ? undefined : this.#archiveError.join('\n');
  }

  /** The log ended before the requested point. */
  get unreached(): boolean {
    return this.#fatal?.startsWith('recovery ended before configured recovery target was reached') ?? false;
  }

  /** The point is before the end of the backup. */
  get tooEarly(): boolean {
    return this.#fatal?.startsWith('requested recovery stop point is before consistent recovery point') ?? false;
  }

  /** The last lines. */
  get tail(): string {
    return this.#tail.slice(-TAIL_SHOWN).join('\n');
  }
}

const TAIL_LINES = 40;
const TAIL_SHOWN = 8;
/** Messages of archive-get 2.45 and later. */
const ASKING = /^INFO: archive-get command begin [\d.]+: \[([^,\]]+),/;
const ASKED = /^INFO: (found|unable to find) (\S+) in the /;
/** The server's messages about an unreadable record or the end of the log: xlogreader.c. */
const INVALID_RECORD =
  /^(invalid |incorrect |unexpected |record with |there is no contrecord|missing contrecord|out-of-sequence|WAL file is from|contrecord)/;

/** Converts a time as the server writes it, `2026-11-22 10:00:03.123456+00`, to ISO 8601. */
function utcTimes(text: string): string {
  return text.replace(/(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00\b/g, '$1T$2Z');
}
