/** What differs between MySQL and MariaDB as targets of a restore. Pure. */
import type { DbType } from '../../../databases/names.ts';

export type MysqlType = Extract<DbType, 'mysql' | 'mariadb'>;

export interface MysqlMember {
  dbType: MysqlType;
  /** The clients that can load into it, in order of preference. */
  clients: readonly ('mysql' | 'mariadb')[];
  /** Returns the names of its collations as dumps write them, in lower case. */
  collationsSql: string;
  /** Whether the server also sorts when it copies a table. Then recreating the table helps. */
  rebuilds: boolean;
  /**
   * Whether it accepts values for generated columns with the sql_mode that dumps set: with a warning instead of an
   * error.
   */
  takesGeneratedValues: boolean;
  /** Whether it still knows the sql_mode NO_AUTO_CREATE_USER. */
  knowsNoAutoCreateUser: boolean;
  /** Whether only its administrators may set some session variables ("Restricted Session Variables"). */
  restrictsVariables: boolean;
  /**
   * Whether a foreign key needs the privilege REFERENCES on its parent. Otherwise, any privilege on the parent is
   * enough.
   */
  wantsReferences: boolean;
  /**
   * The version from which on a foreign key's name only has to be unique in its table; undefined if it has to be unique
   * in the database.
   */
  foreignKeysPerTable: readonly [major: number, minor: number] | undefined;
  /** The same for CHECK constraints. */
  checksPerTable: boolean;
  /** Whether a foreign key may refer to a partitioned table, with foreign_key_checks off as in a dump. */
  refersToPartitioned: boolean;
  /** Whether InnoDB always stores a column of up to 255 bytes inside its row. */
  keepsShortColumns: boolean;
  /** Whether grants to everyone are possible, which a user's own grants don't show. */
  grantsToPublic: boolean;
  /** Each of these privileges is enough to set someone else as definer. */
  definerPrivileges: readonly string[];
}

export const MYSQL_FAMILY: Record<MysqlType, MysqlMember> = {
  mysql: {
    dbType: 'mysql',
    clients: ['mysql', 'mariadb'],
    collationsSql: 'SELECT LOWER(COLLATION_NAME) AS name FROM information_schema.COLLATIONS',
    rebuilds: false,
    takesGeneratedValues: false,
    knowsNoAutoCreateUser: false,
    restrictsVariables: true,
    wantsReferences: true,
    foreignKeysPerTable: undefined,
    refersToPartitioned: false,
    checksPerTable: false,
    keepsShortColumns: false,
    grantsToPublic: false,
    definerPrivileges: ['SET_ANY_DEFINER', 'SET_USER_ID', 'SUPER'],
  },
  mariadb: {
    dbType: 'mariadb',
    clients: ['mariadb', 'mysql'],
    // newer collations belong to several character sets, and only this column has the name that a dump would use
    collationsSql:
      'SELECT LOWER(FULL_COLLATION_NAME) AS name FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY',
    rebuilds: true,
    takesGeneratedValues: true,
    knowsNoAutoCreateUser: true,
    restrictsVariables: false,
    wantsReferences: false,
    foreignKeysPerTable: [12, 1],
    refersToPartitioned: true,
    checksPerTable: true,
    keepsShortColumns: true,
    grantsToPublic: true,
    definerPrivileges: ['SET USER', 'SUPER'],
  },
};

/** @throws TypeError for a server of another family, which the registry of engines never passes here */
export function memberOf(dbType: DbType): MysqlMember {
  const members: Partial<Record<DbType, MysqlMember>> = MYSQL_FAMILY;
  const member = members[dbType];
  if (member === undefined) throw new TypeError(`${dbType} is not of MySQL's family`);
  return member;
}
