/** The rights that the MySQL or MariaDB user of a restore needs. Pure: the facts are read elsewhere. */

import { quoteName } from '../../../formats/mysql-dump/reader/names.ts';
import type { Right } from '../../rights.ts';
import { Grants } from './grants.ts';
import { MYSQL_FAMILY, type MysqlType } from './mysql-family.ts';

export interface MysqlFacts {
  dbType: MysqlType;
  /** As returned by `SHOW GRANTS`. */
  grants: readonly string[];
  /**
   * Whether functions and triggers need SUPER: that is so if the binary log is on and their creators aren't trusted.
   */
  creatorsNeedSuper: boolean;
}

/** Each privilege that dumps need on the database, and its purpose. */
export const NEEDED_FOR = {
  CREATE: 'the database itself if it does not exist yet, and its tables',
  DROP: 'replacing tables and views',
  ALTER: 'loading rows with the keys switched off',
  INDEX: 'indexes',
  REFERENCES: 'foreign keys',
  SELECT: 'views, and locking tables',
  INSERT: 'rows',
  'LOCK TABLES': 'loading rows',
  'CREATE VIEW': 'views',
  TRIGGER: 'triggers',
  'CREATE ROUTINE': 'stored procedures and functions',
  'ALTER ROUTINE': 'replacing stored procedures and functions',
  EVENT: 'scheduled events',
} as const;
export type NeededPrivilege = keyof typeof NEEDED_FOR;

/** @param database null if only the server is asked about. */
export function mysqlRights({ dbType, grants, creatorsNeedSuper }: MysqlFacts, database: string | null): Right[] {
  const held = new Grants(grants, database);
  const { definerPrivileges } = MYSQL_FAMILY[dbType];
  const on = database === null ? '*.*' : `${quoteName(database)}.*`;
  return [
    ...Object.entries(NEEDED_FOR).map(([privilege, needed_for]) => ({
      right: `${privilege} on ${on}`,
      granted: held.has(privilege),
      required: true,
      needed_for,
    })),
    ...(creatorsNeedSuper
      ? [
          {
            right: 'SUPER, or log_bin_trust_function_creators switched on',
            granted: held.hasGlobal('SUPER'),
            required: true,
            needed_for: 'functions and triggers, because the binary log is on',
          },
        ]
      : []),
    {
      right: 'CREATE USER',
      granted: held.hasGlobal('CREATE USER'),
      required: false,
      needed_for: 'loading tables and rows as a user with rights on the target database only, instead of as this user',
    },
    {
      right: definerPrivileges.join(' or '),
      granted: definerPrivileges.some((privilege) => held.hasGlobal(privilege)),
      required: false,
      needed_for: 'keeping the definers of views, routines, triggers and events, which otherwise become this user',
    },
  ];
}
