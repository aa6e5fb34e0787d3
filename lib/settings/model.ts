import { z } from 'zod';

/** What an administrator may set for the whole service. */
export const settings = z.object({
  /** Whether a backup is verified when it enters the catalogue. */
  verify_new_backups: z.boolean().default(true),
  /** A table that lost more of its rows than this, compared with the backup before, is reported. */
  contents_fallen_percent: z.number().int().min(1).max(100).default(30),
  /** Whether the newest dump of each database is held against its server every night. */
  standing_check: z.boolean().default(true),
  /** Whether restored tables get statistics (ANALYZE), so that the first queries on them aren't slow. */
  analyze_after_restore: z.boolean().default(true),
});
export type Settings = z.infer<typeof settings>;
