import { z } from 'zod';
import { bytes } from '../storage/fields.ts';

/**
 * While it spools, the backup is written to the task's disk. A physical backup is prepared there (the chain's changes
 * are merged), and its logs are replayed up to the requested point.
 */
export const STAGES = ['validating', 'verifying', 'spooling', 'preparing', 'replaying', 'restoring', 'done'] as const;
export const progress = z.object({ stage: z.enum(STAGES), bytes_done: bytes, bytes_total: bytes });
export type Progress = z.infer<typeof progress>;
