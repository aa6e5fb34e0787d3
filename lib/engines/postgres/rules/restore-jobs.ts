/** How many entries of an archive are restored at once. */
import type { Toc } from '../../../formats/pg-dump/archive/format.ts';

/** What of the target bounds the sessions of one restore. */
export interface ServerRoom {
  /** `max_worker_processes`: PostgreSQL doesn't report its CPUs, but people with many raise this one; it is 8 by default. */
  workerProcesses: number;
  /** Sessions that the server, the database and the role still take. */
  freeSessions: number;
}

/**
 * A smaller archive is restored in less than a second by one session, from the stream, while it still comes; several
 * sessions have to be opened first, and the archive to be written to a file.
 */
const MIN_PARALLEL_BYTES = 8 * 1024 * 1024;
/**
 * A session of pg_restore and its backend wait for each other and for the disk, so that one for each CPU leaves some of it
 * idle: on two CPUs that server and task share, four were 10 to 20 % ahead of two.
 */
const JOBS_PER_CPU = 2;
/** Of the sessions that are free, how many a restore may take: the others are for those who work there. */
const SHARE_OF_FREE = 1 / 2;
/** Beyond it, the locks that CREATE INDEX and COPY share (WAL insertion, extension of files) eat up what more would bring. */
const MOST_JOBS = 16;

/** Kinds of entries that take long and can be worked on at the same time, as rows can. */
const LONG_WORK = new Set(['INDEX', 'CONSTRAINT', 'FK CONSTRAINT', 'CHECK CONSTRAINT', 'MATERIALIZED VIEW DATA']);

/**
 * 1 means that several would gain nothing: too little data, too little room, or only one table.
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
