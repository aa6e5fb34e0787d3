import { z } from 'zod';
import { id, time } from '../../storage/fields.ts';

/** Work that takes longer than a call may; it can be watched until it has ended. */
export const job = z.object({
  id,
  /**
   * `scan` looks for backups in a bucket; `verification` verifies new backups from a scan or an import; `contents`
   * reads verified backups whose contents aren't known; `standing_check` holds the newest dump of each database against its server.
   */
  kind: z.enum(['scan', 'verification', 'contents', 'standing_check']),
  /** What it works on: the storage provider; null for all databases. */
  subject_id: id.nullable(),
  status: z.enum(['running', 'success', 'failed']),
  /** What it has counted so far. */
  counts: z.record(z.string(), z.number()),
  /**
   * For a scan: backups that were skipped because it isn't clear which connection they are from; only the first names.
   */
  skipped: z.array(z.object({ connection_name: z.string(), reason: z.string(), objects: z.number() })).default([]),
  /** The job that continues with what this one found. */
  follow_up: id.nullable().default(null),
  /** More work arrived while it was running: it must look once more before it may end. */
  again: z.boolean().default(false),
  error: z.string().nullable(),
  created_at: time,
  completed_at: time.nullable(),
});
/** As returned by the API. */
export const publicJob = job.omit({ again: true });
export type Job = z.infer<typeof job>;
