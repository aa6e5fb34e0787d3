import { z } from 'zod';
import { id, time } from '../../storage/fields.ts';

/** What takes longer than a call may: watched until it has ended. */
export const job = z.object({
  id,
  /** `scan` looks for backups in a bucket; `verification` verifies the new ones that a scan or an import has brought. */
  kind: z.enum(['scan', 'verification']),
  /** What it works on: the storage provider. */
  subject_id: id,
  status: z.enum(['running', 'success', 'failed']),
  /** What it has counted so far. */
  counts: z.record(z.string(), z.number()),
  /** Of a scan: backups that were passed over as it is not clear which connection they are of; only the first names. */
  skipped: z.array(z.object({ connection_name: z.string(), reason: z.string(), objects: z.number() })).default([]),
  /** The job that goes on with what this one found. */
  follow_up: id.nullable().default(null),
  /** More came while it was at work: it must look once more before it may end. */
  again: z.boolean().default(false),
  error: z.string().nullable(),
  created_at: time,
  completed_at: time.nullable(),
});
/** As it is answered. */
export const publicJob = job.omit({ again: true });
export type Job = z.infer<typeof job>;
