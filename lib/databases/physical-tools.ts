/**
 * What is true of the tools that physical backups are made with. What brings up a server from their backups is in
 * containers/restore/physical/stage-backup.ts. Each is a record over all tools: a new one is a compile error until it is in
 * both.
 */
import type { PhysicalEngine } from './names.ts';

/** A point that the server's archived logs can be replayed to, as the requests name it. */
export type LogPoint = 'time' | 'transaction' | 'name' | 'gtid';

export interface PhysicalToolFacts {
  /** The tool's name in messages and in the UI, as its makers write it. */
  title: string;
  /**
   * How a backup lies in its bucket: as one archive, which can be verified and downloaded; or as many objects in a
   * repository, which the tool itself checks and puts together.
   */
  storedAs: 'archive' | 'repository';
  /** What is archived of the server's later changes: PostgreSQL's WAL, which may have timelines, or binary logs. */
  log: 'wal' | 'binary logs';
  /** The points after a backup's own end. */
  points: readonly LogPoint[];
  /** If a GTID is such a point: how those of the server look. Only MySQL's have a colon. */
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

/** The tools that make an archive of each backup. */
export type ArchiveTool = ToolsThat<{ storedAs: 'archive' }>;
/** The tools that keep a repository. */
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
