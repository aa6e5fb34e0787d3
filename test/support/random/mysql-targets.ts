/**
 * Random small sources and targets for MySQL and MariaDB, whose names meet: the same few names for tables, views, routines,
 * triggers, events and constraints, with other definers, rights and settings. Statements that the server refuses are skipped.
 */
import type { MysqlType } from '../../../lib/engines/mysql/rules/mysql-family.ts';
import { type Chance, chance } from './chance.ts';
import type { RandomTarget } from './targets.ts';

/** Those of the tests' servers, besides the administrator; `gone` has left. */
export const ACCOUNTS = ['app', 'system', 'restorer', 'gone'];
const NAMES = ['a', 'b', 'c', 'A'];
const DEFINERS = ['root', 'root', ...ACCOUNTS];

/** A user of a target, whose rights are random. */
export interface MysqlRandomTarget extends RandomTarget {
  rights: string[];
}

export function randomMysqlTarget(dbType: MysqlType, seed: number): MysqlRandomTarget {
  const random = chance(seed);
  const kinds = { ...KINDS, ...KINDS_OF[dbType] };
  const make = () => random.one(Object.values(kinds))(random);
  const settings = random.once(3) ? random.some(Object.entries({ ...SETTINGS, ...SETTINGS_OF[dbType] }), 2) : [];
  return {
    asSuperuser: random.once(3),
    source: ['SET foreign_key_checks = 0', 'SET innodb_strict_mode = OFF', ...random.list(2 + random.below(6), make)],
    target: [
      'SET foreign_key_checks = 0',
      ...random.list(1 + random.below(6), make),
      ...random.list(random.below(4), () => random.one(CHANGES)(random)),
    ],
    rights: random.once(2)
      ? ['GRANT ALL ON target.* TO restorer', ...powers(dbType, random)]
      : [
          `GRANT ${['SELECT', ...random.some(RIGHTS, RIGHTS.length)].join(', ')} ON target.* TO restorer`,
          ...powers(dbType, random),
        ],
    around: settings.map(([name, value]) => `SET GLOBAL ${name} = ${value}`),
    after: settings.map(([name]) => `SET GLOBAL ${name} = DEFAULT`),
  };
}

/** As few users of managed servers have all of them, each alone. */
function powers(dbType: MysqlType, random: Chance): string[] {
  return random.some([...POWERS, ...POWERS_OF[dbType]], 2).map((power) => `GRANT ${power} TO restorer`);
}

const RIGHTS = [
  ...['INSERT', 'CREATE', 'DROP', 'ALTER', 'INDEX', 'REFERENCES', 'LOCK TABLES', 'CREATE VIEW', 'SHOW VIEW', 'TRIGGER'],
  ...['CREATE ROUTINE', 'ALTER ROUTINE', 'EXECUTE', 'EVENT'],
];
const POWERS = ['SUPER ON *.*', 'CREATE USER ON *.*', 'SELECT ON mysql.*', 'PROCESS ON *.*', 'INSERT ON target.a'];
const POWERS_OF: Record<MysqlType, string[]> = {
  mysql: [
    'SET_ANY_DEFINER ON *.*',
    'SYSTEM_VARIABLES_ADMIN ON *.*',
    'SYSTEM_USER ON *.*',
    'SESSION_VARIABLES_ADMIN ON *.*',
  ],
  mariadb: ['SET USER ON *.*', 'READ_ONLY ADMIN ON *.*', 'BINLOG ADMIN ON *.*', 'ALTER ROUTINE ON PROCEDURE target.a'],
};

/** Globals, and what the load then has to cope with. */
const SETTINGS: Record<string, string> = {
  innodb_strict_mode: 'OFF',
  max_allowed_packet: '4096',
  log_bin_trust_function_creators: 'ON',
  read_only: 'ON',
  event_scheduler: 'OFF',
  max_connections: '10',
  default_storage_engine: 'MyISAM',
  collation_server: 'latin1_swedish_ci',
  sql_mode: "'ANSI,STRICT_ALL_TABLES'",
  foreign_key_checks: 'ON',
  autocommit: 'OFF',
  innodb_default_row_format: 'compact',
  lock_wait_timeout: '1',
  completion_type: "'CHAIN'",
};
const SETTINGS_OF: Record<MysqlType, Record<string, string>> = {
  mysql: {
    sql_require_primary_key: 'ON',
    restrict_fk_on_non_standard_key: 'OFF',
    super_read_only: 'ON',
    sql_generate_invisible_primary_key: 'ON',
    default_table_encryption: 'ON',
    partial_revokes: 'ON',
    explicit_defaults_for_timestamp: 'OFF',
  },
  mariadb: {
    innodb_force_primary_key: 'ON',
    system_versioning_alter_history: 'KEEP',
    max_statement_time: '0.5',
    enforce_storage_engine: 'MyISAM',
    check_constraint_checks: 'ON',
    sql_safe_updates: 'ON',
  },
};

type Make = (random: Chance) => string;
const name = (random: Chance) => random.one(NAMES);
const definer = (random: Chance) => `DEFINER=${random.one(DEFINERS)}@'%'`;

const KINDS: Record<string, Make> = {
  plain: (random) => `CREATE TABLE ${name(random)} (id int PRIMARY KEY, v varchar(20))`,
  counted: (random) => `CREATE TABLE ${name(random)} (id int AUTO_INCREMENT PRIMARY KEY, v text, KEY by_v (v(10)))`,
  keyless: (random) => `CREATE TABLE ${name(random)} (id int, v varchar(20), KEY by_v (v), KEY by_id (id))`,
  promoted: (random) => `CREATE TABLE ${name(random)} (id int NOT NULL, v int, UNIQUE KEY u (id))`,
  child: (random) =>
    `CREATE TABLE ${name(random)} (id int PRIMARY KEY, p int, CONSTRAINT ${name(random)} FOREIGN KEY (p) REFERENCES ${name(random)} (id) ON DELETE ${random.one(['CASCADE', 'RESTRICT'])})`,
  childOfPart: (random) =>
    `CREATE TABLE ${name(random)} (id int PRIMARY KEY, p varchar(20), FOREIGN KEY (p) REFERENCES ${name(random)} (v))`,
  checked: (random) => `CREATE TABLE ${name(random)} (id int PRIMARY KEY, CONSTRAINT ${name(random)} CHECK (id > 0))`,
  engine: (random) =>
    `CREATE TABLE ${name(random)} (id int, v varchar(20)) ENGINE=${random.one(['MyISAM', 'MEMORY', 'ARCHIVE', 'BLACKHOLE'])}`,
  countedWithin: (random) =>
    `CREATE TABLE ${name(random)} (kind int, id int AUTO_INCREMENT, PRIMARY KEY (kind, id)) ENGINE=MyISAM`,
  format: (random) =>
    `CREATE TABLE ${name(random)} (id int PRIMARY KEY, v varchar(300)) ROW_FORMAT=${random.one(['COMPRESSED KEY_BLOCK_SIZE=4', 'COMPACT', 'DYNAMIC', 'FIXED', 'REDUNDANT'])}`,
  wide: (random) =>
    `CREATE TABLE ${name(random)} (id int PRIMARY KEY, ${Array.from({ length: 60 }, (_, at) => `c${at} varchar(255)`).join(', ')}) DEFAULT CHARSET=latin1 ROW_FORMAT=${random.one(['COMPACT', 'DYNAMIC'])}`,
  longKey: (random) =>
    `CREATE TABLE ${name(random)} (id int PRIMARY KEY, v varchar(${random.one([191, 250, 700])}), KEY by_v (v)) DEFAULT CHARSET=utf8mb4`,
  fulltext: (random) => `CREATE TABLE ${name(random)} (id int PRIMARY KEY, v text, FULLTEXT KEY f (v))`,
  spatial: (random) => `CREATE TABLE ${name(random)} (id int PRIMARY KEY, g point NOT NULL, SPATIAL KEY s (g))`,
  generated: (random) =>
    `CREATE TABLE ${name(random)} (id int PRIMARY KEY, v int AS (id + 1) ${random.one(['STORED', 'VIRTUAL'])}, KEY by_v (v))`,
  partitioned: (random) =>
    `CREATE TABLE ${name(random)} (id int PRIMARY KEY, v int) PARTITION BY HASH (id) PARTITIONS 3`,
  rows: (random) => `INSERT INTO ${name(random)} (id) VALUES (1), (2), (3)`,
  largeRow: (random) => `INSERT INTO ${name(random)} (id, v) VALUES (9, REPEAT('x', ${random.one([10, 6000])}))`,
  view: (random) => `CREATE ${definer(random)} VIEW ${name(random)} AS SELECT 1 AS id`,
  viewOf: (random) =>
    `CREATE ${definer(random)} SQL SECURITY ${random.one(['DEFINER', 'INVOKER'])} VIEW ${name(random)} AS SELECT * FROM ${name(random)}`,
  viewWithFunction: (random) => `CREATE ${definer(random)} VIEW ${name(random)} AS SELECT ${name(random)}() AS id`,
  trigger: (random) =>
    `CREATE ${definer(random)} TRIGGER ${name(random)} BEFORE INSERT ON ${name(random)} FOR EACH ROW SET NEW.id = NEW.id`,
  procedure: (random) => `CREATE ${definer(random)} PROCEDURE ${name(random)}() SELECT 1`,
  function: (random) =>
    `CREATE ${definer(random)} FUNCTION ${name(random)}() RETURNS int ${random.one(['', 'DETERMINISTIC', 'NO SQL', 'READS SQL DATA', 'CONTAINS SQL'])} RETURN 1`,
  event: (random) => `CREATE ${definer(random)} EVENT ${name(random)} ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1`,
};
const KINDS_OF: Record<MysqlType, Record<string, Make>> = {
  mysql: {
    parser: (random) =>
      `CREATE TABLE ${name(random)} (id int PRIMARY KEY, v text, FULLTEXT KEY f (v) WITH PARSER ngram)`,
    expression: (random) => `CREATE TABLE ${name(random)} (id int PRIMARY KEY, v int, KEY e ((v + 1)))`,
    invisible: (random) => `CREATE TABLE ${name(random)} (id int INVISIBLE PRIMARY KEY, v int, KEY by_v (v) INVISIBLE)`,
    json: (random) =>
      `CREATE TABLE ${name(random)} (id int PRIMARY KEY, v json, KEY m ((CAST(v->'$[*]' AS unsigned ARRAY))))`,
  },
  mariadb: {
    sequence: (random) => `CREATE SEQUENCE ${name(random)}`,
    fromSequence: (random) =>
      `CREATE TABLE ${name(random)} (id int PRIMARY KEY DEFAULT nextval(${name(random)}), v int)`,
    versioned: (random) => `CREATE TABLE ${name(random)} (id int PRIMARY KEY, v int) WITH SYSTEM VERSIONING`,
    aria: (random) => `CREATE TABLE ${name(random)} (id int PRIMARY KEY, v int) ENGINE=Aria`,
    package: (random) =>
      `CREATE ${definer(random)} FUNCTION ${name(random)}() RETURNS int RETURN (SELECT COUNT(*) FROM ${name(random)})`,
  },
};

/** What a target has besides. */
const CHANGES: Make[] = [
  (random) => `CREATE ${definer(random)} VIEW extra AS SELECT * FROM ${name(random)}`,
  (random) => `CREATE TABLE extra_child (id int PRIMARY KEY, FOREIGN KEY (id) REFERENCES ${name(random)} (id))`,
  (random) => `CREATE TABLE extra_child (id int, v varchar(20), FOREIGN KEY (v) REFERENCES ${name(random)} (v))`,
  (random) =>
    `CREATE TABLE elsewhere.child (id int PRIMARY KEY, FOREIGN KEY (id) REFERENCES target.${name(random)} (id))`,
  (random) => `CREATE TABLE extra (id int PRIMARY KEY, CONSTRAINT ${name(random)} CHECK (id > 0))`,
  (random) => `CREATE ${definer(random)} TRIGGER ${name(random)} AFTER INSERT ON extra FOR EACH ROW SET @x = 1`,
  () => 'CREATE TABLE extra (id int PRIMARY KEY)',
  (random) => `CREATE ${definer(random)} FUNCTION extra() RETURNS int DETERMINISTIC RETURN 1`,
];
