import { z } from 'zod';
import { id, time } from '../../storage/fields.ts';

/** Work that takes longer than a call may. A job can be watched until it has ended. */
export const job = z.object({
  id,
  /**
   * `scan` looks for backups in a bucket. `verification` verifies the new backups of a scan or an import. `contents`
   * reads verified backups whose contents aren't known yet. `standing_check` compares the newest dump of each database
   * with its server.
   */
  kind: z.enum(['scan', 'verification', 'contents', 'standing_check']),
  /** The storage provider that it works on; null for all databases. */
  subject_id: id.nullable(),
  status: z.enum(['running', 'success', 'failed']),
  /** The job's counts so far. */
  counts: z.record(z.string(), z.number()),
  /** For a scan: backups that were skipped because their connection isn't certain, limited to the first names. */
  skipped: z.array(z.object({ connection_name: z.string(), reason: z.string(), objects: z.number() })).default([]),
  /** The job that continues with the backups that this one found. */
  follow_up: id.nullable().default(null),
  /** Whether more work arrived while it was running: then it must look once more before it may end. */
  again: z.boolean().default(false),
  error: z.string().nullable(),
  created_at: time,
  completed_at: time.nullable(),
});
/** A job as the API returns it. */
export const publicJob = job.omit({ again: true });
export type Job = z.infer<typeof job>;
