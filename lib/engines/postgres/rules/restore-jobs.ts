/** How many entries of an archive are restored at once. */
import type { Toc } from '../../../formats/pg-dump/archive/format.ts';

/** What limits one restore's sessions in the target. */
export interface ServerRoom {
  /**
   * `max_worker_processes`: PostgreSQL doesn't report its CPUs, but servers with many usually have this raised; the
   * default is 8.
   */
  workerProcesses: number;
  /** Sessions that the server, the database and the role still allow. */
  freeSessions: number;
}

/**
 * One session restores a smaller archive from the stream in less than a second; several sessions have to be opened
 * first, and the archive written to a file.
 */
const MIN_PARALLEL_BYTES = 8 * 1024 * 1024;
/**
 * A pg_restore session and its backend wait for each other and for the disk, so one per CPU leaves some of it idle:
 * with two CPUs shared by server and task, four were 10 to 20 % faster than two.
 */
const JOBS_PER_CPU = 2;
/** How many of the free sessions a restore may take: the others are left for other users. */
const SHARE_OF_FREE = 1 / 2;
/**
 * Beyond this, contention on locks that CREATE INDEX and COPY share (WAL insertion, extension of files) outweighs the
 * gain.
 */
const MOST_JOBS = 16;

/** Kinds of entries that take long and can be restored in parallel, as rows can. */
const LONG_WORK = new Set(['INDEX', 'CONSTRAINT', 'FK CONSTRAINT', 'CHECK CONSTRAINT', 'MATERIALIZED VIEW DATA']);

/**
 * 1 means that several would gain nothing: too little data, too little disk space, or only one table.
 * @param cpus of the task
 */
export function restoreJobs(archiveBytes: number, toc: Toc, cpus: number, room: ServerRoom): number {
  if (archiveBytes < MIN_PARALLEL_BYTES) return 1;
  const rows = toc.entries.filter(({ hasData }) => hasData).length;
  const after = toc.entries.filter(({ desc }) => LONG_WORK.has(desc)).length;
  const bounds = [
    Math.max(1, Math.floor(cpus)) * JOBS_PER_CPU,
    room.workerProcesses,
    Math.floor(room.freeSessions * SHARE_OF_FREE),
    Math.max(rows, after),
    MOST_JOBS,
  ];
  return Math.max(1, Math.min(...bounds));
}
