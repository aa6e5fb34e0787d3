/** The registry of engines for creating servers, samples and dumps on one machine. */
import type { DbType } from '../../databases/names.ts';
import { findMysqlBinDir } from '../../engines/programs/find-binaries.ts';
import { startMariadb } from '../servers/mariadb.ts';
import { startMysql } from '../servers/mysql.ts';
import { startPostgres } from '../servers/postgres.ts';
import type { RunningServer } from '../servers/throwaway.ts';
import { type DumpCommand, type DumpedServer, mysqlDump, pgDump } from './backup/dump-commands.ts';
import { mysqlDefinitions, mysqlRelations } from './fingerprint/fingerprint-mysql.ts';
import { postgresDefinitions, postgresRelations } from './fingerprint/fingerprint-postgres.ts';
import { AFTER_ROWS as MYSQL_AFTER_ROWS, TABLES as MYSQL_TABLES } from './sample/shop-mysql.ts';
import { AFTER_ROWS as POSTGRES_AFTER_ROWS, TABLES as POSTGRES_TABLES } from './sample/shop-postgres.ts';
import { type Definitions, type Login, openMysql, openPostgres, type Relation, type Session } from './sql-session.ts';

/** How the sample shop is created. */
interface Shop {
  /** Follows CREATE DATABASE and the name. */
  charset: string;
  tables: readonly string[];
  afterRows: readonly string[];
  /** @param number of the parameter, from 1 */
  marker(number: number): string;
  /** Follows DROP TABLE and the name of a table that other tables refer to. */
  cascade: string;
}

interface DemoEngine {
  /** How the demo starts a throwaway server; undefined if this machine can't run one. */
  findServer(): Promise<(() => Promise<RunningServer>) | undefined>;
  /** Whether the demo encrypts the backups of its server. */
  encrypted: boolean;
  openSession(server: Login, database?: string): Promise<Session>;
  /** The quote characters for names in SQL. */
  nameMark: '"' | '`';
  dumpCommand(server: DumpedServer, database: string, credentialsFile: string): DumpCommand;
  relations(session: Session, database: string): Promise<Relation[]>;
  definitions(session: Session, database: string): Promise<Definitions[]>;
  shop: Shop;
}

const MYSQL_FAMILY = {
  openSession: openMysql,
  nameMark: '`',
  relations: mysqlRelations,
  definitions: mysqlDefinitions,
  shop: {
    charset: ' CHARACTER SET utf8mb4',
    tables: MYSQL_TABLES,
    afterRows: MYSQL_AFTER_ROWS,
    marker: () => '?',
    cascade: '',
  },
} satisfies Partial<DemoEngine>;

/** In the order in which the demo shows them. */
export const DEMO_ENGINES: Record<DbType, DemoEngine> = {
  postgresql: {
    findServer: async () => startPostgres,
    encrypted: true,
    openSession: openPostgres,
    nameMark: '"',
    dumpCommand: pgDump,
    relations: postgresRelations,
    definitions: postgresDefinitions,
    shop: {
      charset: '',
      tables: POSTGRES_TABLES,
      afterRows: POSTGRES_AFTER_ROWS,
      marker: (number) => `$${number}`,
      cascade: ' CASCADE',
    },
  },
  mariadb: {
    ...MYSQL_FAMILY,
    findServer: async () => startMariadb,
    encrypted: false,
    dumpCommand: (...of) => mysqlDump('mariadb-dump', ...of),
  },
  mysql: {
    ...MYSQL_FAMILY,
    findServer: async () => {
      const binDir = await findMysqlBinDir(process.env);
      return binDir === undefined ? undefined : () => startMysql({ binDir });
    },
    encrypted: true,
    dumpCommand: (...of) => mysqlDump('mysqldump', ...of),
  },
};
