/**
 * Facts about the tools that make physical backups. The code that starts a server from their backups is in
 * containers/restore/physical/stage-backup.ts. Each is a record over all tools, so a new tool is a compile error until
 * it is in both.
 */
import type { PhysicalEngine } from './names.ts';

/** A kind of point to which the server's archived logs can be replayed, with its name in requests. */
export type LogPoint = 'time' | 'transaction' | 'name' | 'gtid';

export interface PhysicalToolFacts {
  /** The tool's name in messages and in the UI, as its makers spell it. */
  title: string;
  /**
   * The form of a backup in its bucket. It is either one archive, which can be verified and downloaded; or many objects
   * in a repository, which the tool itself checks and combines.
   */
  storedAs: 'archive' | 'repository';
  /**
   * The kind of log in which the server's later changes are archived: PostgreSQL's WAL, which may have timelines, or
   * binary logs.
   */
  log: 'wal' | 'binary logs';
  /** The kinds of points after a backup's own end. */
  points: readonly LogPoint[];
  /** The form of the server's GTIDs, if a GTID can be such a point. Only MySQL's contain a colon. */
  gtid: { server: string; example: string; hasColon: boolean } | null;
}

const INNODB = { storedAs: 'archive', log: 'binary logs', points: ['time', 'gtid'] } as const;

export const PHYSICAL_TOOLS = {
  pgbackrest: {
    title: 'pgBackRest',
    storedAs: 'repository',
    log: 'wal',
    points: ['time', 'transaction', 'name'],
    gtid: null,
  },
  mariabackup: {
    ...INNODB,
    title: 'Mariabackup',
    gtid: { server: 'MariaDB', example: '0-1-100', hasColon: false },
  },
  xtrabackup: { ...INNODB, title: 'XtraBackup', gtid: { server: 'MySQL', example: 'uuid:1-5', hasColon: true } },
} as const satisfies Record<PhysicalEngine, PhysicalToolFacts>;

type ToolsThat<F extends Partial<PhysicalToolFacts>> = {
  [E in PhysicalEngine]: (typeof PHYSICAL_TOOLS)[E] extends F ? E : never;
}[PhysicalEngine];

/** The tools that write each backup as an archive. */
export type ArchiveTool = ToolsThat<{ storedAs: 'archive' }>;
/** The tools that use a repository. */
export type RepositoryTool = ToolsThat<{ storedAs: 'repository' }>;

export function factsOf(engine: PhysicalEngine): PhysicalToolFacts {
  return PHYSICAL_TOOLS[engine];
}

/** @param engine null for a dump. */
export function isArchive(engine: PhysicalEngine | null): engine is ArchiveTool {
  return engine !== null && factsOf(engine).storedAs === 'archive';
}

/** @param engine null for a dump. */
export function isInRepository(engine: PhysicalEngine | null | undefined): engine is RepositoryTool {
  return engine !== null && engine !== undefined && factsOf(engine).storedAs === 'repository';
}
