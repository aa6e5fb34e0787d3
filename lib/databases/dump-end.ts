/**
 * Checks, while a dump is being read, that the dump tool finished it: even an intact gzip may contain only half a
 * database.
 */

import type { DumpContents, DumpOrigin } from '../formats/dump-contents.ts';
import { DumpAcceptance } from '../formats/mysql-dump/judge/dump-acceptance.ts';
import type { Toc } from '../formats/pg-dump/archive/format.ts';
import { ArchiveReader } from '../formats/pg-dump/archive/reader.ts';
import { archiveContents } from '../formats/pg-dump/contents.ts';
import { PlainAcceptance } from '../formats/pg-dump/plain-acceptance.ts';
import { DUMP_KIND_BYTES, type DumpKind, dumpKind } from './dump-kind.ts';
import { dumpedServerVersion } from './dumped-server-version.ts';
import { ENGINES } from './engines.ts';
import type { DbType } from './names.ts';
import { checkSqlEnd, SQL_TAIL_BYTES, type SqlDialect, writerOf } from './sql-dump-end.ts';
import { ORIGIN_BYTES, sqlDumpOrigin } from './sql-dump-origin.ts';

/** Checks an SQL dump statement by statement, exactly as a restore checks it again. */
interface Acceptance {
  push(chunk: Buffer): void;
  /** @throws RestoreError for a statement that no restore would accept */
  end(): void;
  /** Call this after `end`. */
  contents(dumpBytes: number, origin: DumpOrigin): DumpContents;
}

const ACCEPTANCE: Record<SqlDialect, () => Acceptance> = {
  postgres: () => new PlainAcceptance(),
  mysql: () => new DumpAcceptance(),
};

/** Push the whole decompressed dump in chunks of any size, then call `end`. Only the first and last bytes are kept. */
export class DumpEndCheck {
  #bytes = 0;
  #head: Buffer = Buffer.alloc(0);
  #tail: Buffer = Buffer.alloc(0);
  /** What the dump's beginning says about it. */
  #opening: Buffer = Buffer.alloc(0);
  #kind: DumpKind | undefined;
  /** The size of an archive's data blocks, by dumpId. */
  readonly #blocks = new Map<number, number>();
  readonly #archive = new ArchiveReader((dumpId, start, end) => this.#blocks.set(dumpId, end - start));
  readonly #dbType: DbType | undefined;
  /** For an SQL dump whose dialect is known. */
  #acceptance: Acceptance | undefined;

  /**
   * @param dbType of the server that the dump is for. It decides how statements are checked. If unknown, it is read
   * from the dump's beginning.
   */
  constructor(dbType?: DbType) {
    this.#dbType = dbType;
  }

  /** The bytes of the dump read so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Known after the first 512 bytes, or at the end of a shorter dump. */
  get kind(): DumpKind | undefined {
    return this.#kind;
  }

  /** For an archive, after it has been read completely. */
  get toc(): Toc | undefined {
    return this.#archive.toc;
  }

  /** The version of an archive, such as `1.14`. */
  get archiveVersion(): string | undefined {
    return this.#archive.version;
  }

  /** False if the archive has a version whose layout isn't known: then nothing checked whether it is complete. */
  get checksEnd(): boolean {
    return this.#archive.checksEnd;
  }

  /** @throws DecompressError for an unknown kind of dump, or a broken archive */
  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#kind !== undefined) {
      this.#follow(chunk);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    if (this.#head.length >= DUMP_KIND_BYTES) this.#tellKind();
  }

  /** @throws DecompressError if the dump is empty, unknown or incomplete */
  end(): void {
    if (this.#kind === undefined) this.#tellKind();
    if (this.#kind === 'pg-archive') this.#archive.end();
    else checkSqlEnd(this.#head, this.#tail);
  }

  /**
   * Call this after `end`.
   * @throws RestoreError for an intact dump with a statement that no restore would accept.
   */
  checkAccepted(): void {
    this.#acceptance?.end();
  }

  /**
   * Call this after `checkAccepted`. @returns undefined for an archive whose layout isn't known, and for SQL from an
   * unknown tool
   */
  contents(): DumpContents | undefined {
    if (this.#kind === 'pg-archive') {
      return this.toc && archiveContents(this.toc, this.#blocks, this.#bytes);
    }
    const { tool, database } = sqlDumpOrigin(this.#opening);
    const serverVersion = dumpedServerVersion(this.#opening);
    return this.#acceptance?.contents(this.#bytes, { serverVersion, tool, database });
  }

  #tellKind(): void {
    const all = this.#head;
    this.#kind = dumpKind(all);
    if (this.#kind === 'sql') {
      const dialect = this.#dbType === undefined ? writerOf(all) : ENGINES[this.#dbType].sqlDialect;
      this.#acceptance = dialect && ACCEPTANCE[dialect]();
    }
    this.#head = Buffer.from(all.subarray(0, DUMP_KIND_BYTES));
    this.#follow(all);
  }

  #follow(chunk: Buffer): void {
    this.#acceptance?.push(chunk);
    const missing = ORIGIN_BYTES - this.#opening.length;
    if (missing > 0) this.#opening = Buffer.concat([this.#opening, chunk.subarray(0, missing)]);
    if (this.#kind === 'pg-archive') {
      this.#archive.push(chunk);
      return;
    }
    if (chunk.length >= SQL_TAIL_BYTES) {
      // A copy. A view would keep the whole chunk in memory, or change when the chunk's memory is reused.
      this.#tail = Buffer.from(chunk.subarray(-SQL_TAIL_BYTES));
    } else {
      this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-SQL_TAIL_BYTES);
    }
  }
}
