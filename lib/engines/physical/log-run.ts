/** How far a server's archived logs reach: what PostgreSQL and InnoDB have in common. */

/** A file of the archive. */
export interface ArchivedLog {
  key: string;
  bytes: number;
  /** When it was stored, by the store's clock. It contains nothing newer. */
  storedAt: Date;
}

/** The logs after a backup, up to the first missing one. */
export interface LogRun {
  /** In order. */
  logs: ArchivedLog[];
  /** What is missing although the backup needs it, in words. */
  missing: string[];
  /** Notes about the other logs, in words. */
  notes: string[];
}
