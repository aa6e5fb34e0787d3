/** How far the logs reach that a server has archived: what PostgreSQL's and InnoDB's have in common. */

/** A file of the archive. */
export interface ArchivedLog {
  key: string;
  bytes: number;
  /** When it was put there, by the store's clock: it holds nothing younger. */
  storedAt: Date;
}

/** The logs from a backup on, up to the first one that is missing. */
export interface LogRun {
  /** In their order. */
  logs: ArchivedLog[];
  /** What the backup cannot do without, in words. */
  missing: string[];
  /** What the reader should know of the rest, in words. */
  notes: string[];
}
