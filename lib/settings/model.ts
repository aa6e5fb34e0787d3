import { z } from 'zod';

/** The settings that an administrator may change for the whole service. */
export const settings = z.object({
  /** Whether a backup is verified when it enters the catalogue. */
  verify_new_backups: z.boolean().default(true),
  /** A table is reported if it has lost more than this share of its rows since the previous backup. */
  contents_fallen_percent: z.number().int().min(1).max(100).default(30),
  /** Whether the newest dump of each database is compared with its server every night. */
  standing_check: z.boolean().default(true),
  /** Whether restored tables get statistics (ANALYZE), so that the first queries on them aren't slow. */
  analyze_after_restore: z.boolean().default(true),
});
export type Settings = z.infer<typeof settings>;
