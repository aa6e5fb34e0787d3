/** How many entries of an archive to restore at once. */
import type { Toc } from '../../../formats/pg-dump/archive/format.ts';

/** The limits for one restore's sessions in the target. */
export interface ServerRoom {
  /**
   * `max_worker_processes`. PostgreSQL doesn't report its CPUs, but if a server has many, this has usually been raised.
   * The default is 8.
   */
  workerProcesses: number;
  /** The number of sessions that the server, the database and the role still allow. */
  freeSessions: number;
}

/**
 * One session restores a smaller archive from the stream in less than a second. With several, sessions have to be
 * opened first, and the archive written to a file.
 */
const MIN_PARALLEL_BYTES = 8 * 1024 * 1024;
/**
 * A pg_restore session and its backend wait for each other and for the disk, so one session per CPU leaves some of it
 * idle. With two CPUs shared by server and task, four sessions were 10 to 20 % faster than two.
 */
const JOBS_PER_CPU = 2;
/** The share of the free sessions that a restore may use. The others are left for other users. */
const SHARE_OF_FREE = 1 / 2;
/**
 * With more sessions, contention on the locks that CREATE INDEX and COPY share (WAL insertion, extending files) costs
 * more than the parallel work gains.
 */
const MOST_JOBS = 16;

/** Kinds of entries that take long and can be restored in parallel, like rows. */
const LONG_WORK = new Set(['INDEX', 'CONSTRAINT', 'FK CONSTRAINT', 'CHECK CONSTRAINT', 'MATERIALIZED VIEW DATA']);

/**
 * 1 means that several jobs would gain nothing: there is too little data, too little disk space, or only one table.
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
