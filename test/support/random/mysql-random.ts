/**
 * Random databases for MySQL and MariaDB: types, keys, generated columns, checks, partitions, foreign keys, views on
 * views, triggers, routines, events and sequences, with odd names, texts, modes and character sets. Statements that the
 * server refuses are skipped on purpose: random choices also combine what doesn't fit together.
 */
import { type Chance, chance } from './chance.ts';

type Flavour = 'mysql' | 'mariadb';

interface Column {
  name: string;
  type: string;
  /** Makes a literal. */
  value: () => string;
}

interface Table {
  name: string;
  engine: string;
  columns: Column[];
  hasId: boolean;
}

const NAMES = [
  ...['orders', 'Orders', 'order', 'select', 'a b', 'we``ird', 'x;y', "it''s", 'double"quote', 'back\\slash', '-- c'],
  ...[
    '/*!50000 x*/',
    '*/',
    '100%_',
    '$x',
    '1e5',
    'ключ',
    'ü',
    '日本',
    'DELIMITER',
    'a.b',
    '#x',
    'key',
    'PRIMARY KEY',
    '0x',
  ],
  ...['a,b', '(a)', 'new', 'old', 'end', 'a\tb', 'x:y', '@v', `l${'o'.repeat(55)}ng`],
];
const TEXTS = [
  ...[
    "it''s",
    'a;b',
    '/* c */',
    '*/5 * * * *',
    '/*!50000 DROP TABLE x */',
    '-- no',
    '# no',
    'DELIMITER ;;',
    '\\\\',
    '\\n\\r\\t',
  ],
  ...[
    '\\0\\Z',
    '"q"',
    '`q`',
    'ü',
    '日本語',
    '😀',
    ' lead',
    'trail ',
    '',
    '\\%\\_',
    "\\'",
    '/*',
    'a\nb',
    'NULL',
    '\\\\n',
    '/*M!100000 x */',
  ],
  ...[
    'END',
    'BEGIN; END;',
    '--',
    '$$',
    '//',
    'CREATE TABLE `x` (',
    ') ENGINE=InnoDB',
    'INSERT INTO `t` VALUES (1)',
    '{"a": ";"}',
  ],
];
const CHARSETS = [
  'utf8mb4',
  'utf8mb4',
  'latin1',
  'utf8mb3',
  'ascii',
  'ucs2',
  'utf16',
  'binary',
  'cp1251',
  'sjis',
  'gbk',
  'big5',
  'utf32',
];
const COLLATIONS = [
  'utf8mb4_bin',
  'utf8mb4_unicode_ci',
  'latin1_swedish_ci',
  'latin1_bin',
  'utf8mb3_general_ci',
  'utf8mb4_general_ci',
];
const MODES = [
  ...[
    "''",
    "'ANSI_QUOTES'",
    "'NO_BACKSLASH_ESCAPES'",
    "'PIPES_AS_CONCAT'",
    "'STRICT_ALL_TABLES,NO_ZERO_DATE'",
    "'IGNORE_SPACE'",
  ],
  ...["'HIGH_NOT_PRECEDENCE'", "'ANSI'", "'NO_UNSIGNED_SUBTRACTION,ALLOW_INVALID_DATES'", "'TRADITIONAL'"],
];
/** A definer that exists when the database is created and dumped, and no longer when it is loaded. */
export const GONE = 'gone';
const DEFINERS = [
  ...['', '', '', "DEFINER='app'@'%' ", "DEFINER='o''dd @x'@'localhost' ", 'DEFINER=CURRENT_USER '],
  `DEFINER='${GONE}'@'%' `,
];

/** Accounts that the objects name. */
export const MYSQL_ACCOUNTS = [
  "CREATE USER IF NOT EXISTS 'app'@'%'",
  "CREATE USER IF NOT EXISTS 'o''dd @x'@'localhost'",
  "GRANT ALL ON *.* TO 'app'@'%'",
];

export function quoted(name: string): string {
  return `\`${name}\``; // a backtick in NAMES is doubled there
}

/** Statements, each for a session that those before have set. */
export function randomMysql(seed: number, flavour: Flavour): string[] {
  const by = chance(seed);
  const taken = new Set<string>();
  const name = (): string => {
    for (;;) {
      const found = by.once(3) ? by.one(NAMES) : `t${by.below(90)}`;
      if (taken.has(found.toLowerCase())) continue;
      taken.add(found.toLowerCase());
      return found;
    }
  };
  const tables: Table[] = [];
  const statements = ['SET foreign_key_checks = 0'];
  if (by.once(3)) statements.push(`ALTER DATABASE CHARACTER SET ${by.one(CHARSETS.slice(0, 5))}`);
  for (let count = 2 + by.below(5); count > 0; count--) statements.push(...table(by, flavour, name(), tables));
  const views: string[] = [];
  for (let count = by.below(5); count > 0; count--) statements.push(view(by, name(), tables, views));
  for (let count = by.below(4); count > 0; count--) statements.push(...trigger(by, name(), tables));
  for (let count = by.below(4); count > 0; count--) statements.push(...routine(by, name(), tables, flavour));
  // mariadb-dump 10.11 never finishes reading an event that contains ;;
  for (let count = by.below(3); count > 0; count--)
    statements.push(
      ...event(by, name(), tables).map((one) => (flavour === 'mariadb' ? one.replaceAll(';;', '; ;') : one)),
    );
  if (flavour === 'mariadb') for (let count = by.below(3); count > 0; count--) statements.push(...sequence(by, name()));
  // a view that reads objects that come later
  if (views.length > 0 && by.once(2)) {
    const first = views[0] as string;
    const last = views.at(-1) as string;
    if (first !== last)
      statements.push(`CREATE OR REPLACE VIEW ${quoted(first)} AS SELECT count(*) AS n FROM ${quoted(last)}`);
  }
  return statements;
}

/** What happens to a database after its backup; it needs the tables' names. */
export function drift(seed: number, tables: readonly string[]): string[] {
  const by = chance(seed + 77);
  const one = () => `\`${(by.one(tables) ?? 'none').replaceAll('`', '``')}\``;
  const changes = [
    () => `DELETE FROM ${one()} LIMIT 2`,
    () => `ALTER TABLE ${one()} ADD COLUMN added int DEFAULT 5`,
    () => `ALTER TABLE ${one()} ADD KEY added_later (id)`,
    () => `DROP TABLE ${one()}`,
    () => `DROP VIEW ${one()}`,
    () => `ALTER TABLE ${one()} DROP PRIMARY KEY`,
    () => `INSERT INTO ${one()} (id) VALUES (100000)`,
    () => `CREATE TRIGGER later_${by.below(99)} AFTER INSERT ON ${one()} FOR EACH ROW SET @later = 1`,
    () => `CREATE TABLE later_${by.below(99)} (id int PRIMARY KEY, of int) ENGINE=InnoDB`,
    () => `CREATE VIEW later_v${by.below(99)} AS SELECT * FROM ${one()}`,
    () => `CREATE PROCEDURE p${by.below(20)}() SELECT 'later'`,
    () => `ALTER TABLE ${one()} CONVERT TO CHARACTER SET utf8mb4`,
    () => `ALTER TABLE ${one()} ENGINE=InnoDB`,
    () => `TRUNCATE ${one()}`,
  ];
  return ['SET foreign_key_checks = 0', ...by.list(1 + by.below(8), () => by.one(changes)())];
}

function text(by: Chance): string {
  const parts = by.list(1 + by.below(3), () => by.one(TEXTS)).join(by.one(['', ' ', ',', "''"]));
  return `'${by.once(40) ? parts.repeat(2000) : parts}'`;
}

function comment(by: Chance): string {
  return by.once(3) ? ` COMMENT '${by.one(TEXTS)}'` : '';
}

const GEOMETRY = [
  "ST_GeomFromText('POINT(1 2)')",
  "ST_GeomFromText('LINESTRING(0 0,1 1,2 3)')",
  "ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))')",
];

function column(by: Chance, name: string, flavour: Flavour): Column & { line: string; isText: boolean } {
  const pick = (values: string[]) => () => (by.once(6) ? 'NULL' : by.one(values));
  const numbers = ['0', '1', '-1', '7', '100', '127', '42'];
  const fraction = ['0', '1.5', '-0.25', '3.14159', '1e-10', '123456.789'];
  const charset = by.once(4)
    ? ` CHARACTER SET ${by.one(CHARSETS)}`
    : by.once(5)
      ? ` COLLATE ${by.one(COLLATIONS)}`
      : '';
  const texts = () => (by.once(6) ? 'NULL' : text(by));
  const bytes = () =>
    by.once(6)
      ? 'NULL'
      : by.one(["x'00275c0a1a22'", "x''", "x'ff00fe'", "'a''b'", "x'2d2d203b'", `x'${'5c27'.repeat(9)}'`]);
  const kinds: [type: string, value: () => string, isText?: boolean][] = [
    ['int', pick(numbers)],
    ['int unsigned', pick(['0', '4294967295', '5'])],
    ['int(5) unsigned zerofill', pick(['0', '42', '99999'])],
    ['tinyint(1)', pick(['0', '1', '-128'])],
    ['smallint', pick(numbers)],
    ['mediumint', pick(numbers)],
    ['bigint', pick(['9223372036854775807', '-9223372036854775808', '0'])],
    ['bigint unsigned', pick(['18446744073709551615', '0'])],
    ['decimal(20,5)', pick(fraction)],
    ['decimal(65,30)', pick(['12345678901234567890.123456789012345678901234567890', '0'])],
    ['double', pick([...fraction, '1e300', '-1.7976931348623157e308', '0.1'])],
    ['float', pick([...fraction, '1e20'])],
    ['bit(1)', pick(["b'0'", "b'1'"])],
    ['bit(12)', pick(["b'101010101010'", "b'0'", "b'000000100111'"])],
    ['date', pick(["'2024-02-29'", "'0000-00-00'", "'9999-12-31'", "'1000-00-01'"])],
    ['datetime', pick(["'2024-05-06 07:08:09'", "'0000-00-00 00:00:00'"])],
    ['datetime(6)', pick(["'2024-05-06 07:08:09.123456'"])],
    ['timestamp NULL', pick(["'2024-03-31 02:30:00'", "'1970-01-02 00:00:00'", "'2024-10-27 02:30:00'"])],
    ['time(3)', pick(["'-838:59:59'", "'12:00:00.123'"])],
    ['year', pick(['1901', '2155', '0'])],
    ['char(10)', () => by.one(["'a'", "''", "'it''s'", "' x'", 'NULL', "'\\\\'"]), true],
    [`varchar(200)${charset}`, () => `'${by.one(TEXTS)}'`, true],
    [`varchar(100)${charset}`, pick(["'abc'", "'ABC'", "'x'", "'é'", "'ab\\\\c'", "';'"]), true],
    [`text${charset}`, texts, true],
    [`mediumtext${charset}`, texts, true],
    ['longtext', texts, true],
    ['tinytext', pick(["'a'", "'\\'\\\\'"]), true],
    ['binary(6)', bytes],
    ['varbinary(60)', bytes],
    ['blob', bytes],
    ['longblob', bytes],
    [`enum('a','b;c','it''s','*/','\\\\')${charset}`, pick(["'a'", "'b;c'", "'it''s'", '2'])],
    ["set('x','y','z''')", pick(["'x'", "'x,y'", "''", "'z'''"])],
    ['json', pick(['\'{"a": [1, "b;"]}\'', "'[]'", "'\"it\\'s\"'", "'null'"])],
    ['geometry', () => by.one([...GEOMETRY, 'NULL'])],
    ['point', () => by.one([GEOMETRY[0] as string, 'NULL'])],
    ...(flavour === 'mariadb'
      ? ([
          ['uuid', pick(["'123e4567-e89b-12d3-a456-426655440000'"])],
          ['inet6', pick(["'::1'", "'fe80::1'"])],
          ['inet4', pick(["'10.0.0.1'"])],
          ['text COMPRESSED', texts],
          ['varchar(50) COMPRESSED', pick(["'a'", "'b;'"])],
        ] as [string, () => string][])
      : ([
          ['vector(3)', pick(["TO_VECTOR('[1,2,3]')"])],
          ['point SRID 4326', () => by.one(["ST_GeomFromText('POINT(1 2)', 4326)", 'NULL'])],
        ] as [string, () => string][])),
  ];
  const [type, value, isText = false] = by.one(kinds);
  const defaults = ['', '', '', ' DEFAULT NULL'];
  if (/^(tiny|small|medium|big)?int|^decimal|^double/.test(type))
    defaults.push(' DEFAULT 5', ' DEFAULT -1', " DEFAULT '7'", ' DEFAULT (1 + 2)');
  if (/^varchar|^char/.test(type))
    defaults.push(
      " DEFAULT ''",
      " DEFAULT 'it''s; */'",
      " DEFAULT '\\\\'",
      " DEFAULT (concat('a', 'b'))",
      ' DEFAULT (uuid())',
    );
  if (/text|json/.test(type)) defaults.push(" DEFAULT ('a;b')");
  if (/^datetime$/.test(type))
    defaults.push(' DEFAULT CURRENT_TIMESTAMP', ' DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP');
  if (/^datetime\(6/.test(type)) defaults.push(' DEFAULT CURRENT_TIMESTAMP(6)', " DEFAULT '2020-01-01 00:00:00.5'");
  if (/^bit/.test(type)) defaults.push(" DEFAULT b'1'");
  if (/^(var)?binary/.test(type)) defaults.push(" DEFAULT 'a'", " DEFAULT x'0027'");
  if (/^enum/.test(type)) defaults.push(" DEFAULT 'it''s'");
  const hidden = by.once(12) ? ' INVISIBLE' : '';
  const tail =
    flavour === 'mysql' ? `${by.one(defaults)}${hidden}` : `${hidden === '' ? '' : hidden}${by.one(defaults)}`;
  return { name, type, value, isText, line: `${quoted(name)} ${type}${tail}${comment(by)}` };
}

function table(by: Chance, flavour: Flavour, name: string, tables: Table[]): string[] {
  const names = new Set<string>();
  const columnName = (): string => {
    for (;;) {
      const found = by.once(4) ? by.one(NAMES.filter((one) => !one.includes('(a)'))) : `c${by.below(40)}`;
      if (names.has(found.toLowerCase()) || found.toLowerCase() === 'id') continue;
      names.add(found.toLowerCase());
      return found;
    }
  };
  const columns = by.list(1 + by.below(7), () => column(by, columnName(), flavour));
  const engine = by.once(5)
    ? by.one(['MyISAM', 'MEMORY', 'CSV', 'ARCHIVE', 'BLACKHOLE', ...(flavour === 'mariadb' ? ['Aria', 'Aria'] : [])])
    : 'InnoDB';
  const hasId = engine !== 'CSV';
  const primary = by.below(6);
  const isCounter = by.once(2);
  const lines = hasId ? [`id int NOT NULL${isCounter ? ' AUTO_INCREMENT' : ''}`] : [];
  const lineOf = ({ line }: { line: string }) =>
    engine === 'CSV' ? line.replace(/ DEFAULT NULL| NULL\b/, '').concat(' NOT NULL') : line;
  lines.push(...columns.map(lineOf));
  const generated: Column[] = [];
  const numeric = columns.filter(({ type }) => /^(small|medium|big)?int|^decimal|^double/.test(type));
  const textual = columns.filter(({ type }) => /^varchar|^char/.test(type));
  for (let count = by.below(3); count > 0 && hasId; count--) {
    const base = by.once(2) ? by.one(numeric) : by.one(textual);
    if (base === undefined) continue;
    const of = quoted(base.name);
    const expression = numeric.includes(base)
      ? by.one([`${of} + 1`, `coalesce(${of}, 0)`, `if(${of} > 5, 1, 0)`, `${of} is null`, `id * 2`])
      : by.one([
          `concat(${of}, ';')`,
          `upper(${of})`,
          `left(${of}, 3)`,
          `concat('/* ', ${of}, ' */')`,
          `char_length(${of})`,
          `md5(${of})`,
        ]);
    const made = columnName();
    lines.push(
      `${quoted(made)} varchar(255) GENERATED ALWAYS AS (${expression}) ${by.one(['VIRTUAL', 'STORED'])}${comment(by)}`,
    );
    generated.push({ name: made, type: 'varchar(255)', value: () => 'DEFAULT' });
  }
  if (hasId) {
    const second = columns.find(({ type }) => type === 'int');
    if (primary < 4) lines.push(`PRIMARY KEY (id)`);
    else if (primary === 4) lines.push('UNIQUE KEY id_once (id)');
    else lines.push('KEY id_often (id)');
    if (second !== undefined && by.once(4)) lines.push(`KEY (${quoted(second.name)}, id)`);
    for (let count = by.below(4); count > 0; count--) lines.push(key(by, columns, generated, flavour, count));
  }
  for (let count = by.below(3); count > 0; count--) {
    const checked = by.one(numeric);
    const check =
      checked === undefined
        ? "'a;b' <> ''"
        : by.one([
            `${quoted(checked.name)} is null or ${quoted(checked.name)} > -10e20`,
            `${quoted(checked.name)} <> 31337`,
          ]);
    lines.push(
      `${by.once(2) ? `CONSTRAINT ck_${by.below(1000)}_${tables.length} ` : ''}CHECK (${check})${flavour === 'mysql' && by.once(4) ? ' NOT ENFORCED' : ''}`,
    );
  }
  if (engine === 'InnoDB' && tables.length > 0 && by.once(2)) {
    const parent = by.one([...tables.filter((one) => one.engine === 'InnoDB'), { name, hasId }]);
    const from = columns.find(({ type }) => type === 'int') ?? { name: columnName() };
    if (!columns.some((one) => one.name === from.name)) lines.splice(1, 0, `${quoted(from.name)} int DEFAULT NULL`);
    const action = by.one([
      '',
      ' ON DELETE CASCADE',
      ' ON DELETE SET NULL',
      ' ON UPDATE CASCADE ON DELETE CASCADE',
      ' ON DELETE NO ACTION',
    ]);
    lines.push(
      `${by.once(2) ? `CONSTRAINT \`fk ${tables.length}; x\` ` : ''}FOREIGN KEY (${quoted(from.name)}) REFERENCES ${quoted(parent.name)} (id)${action}`,
    );
    if (!columns.some((one) => one.name === from.name)) {
      // its values: none, so that no parent is needed
      columns.unshift({ name: from.name, type: 'int', value: () => 'NULL', isText: false, line: '' });
    } else (from as Column).value = () => 'NULL';
  }
  if (flavour === 'mariadb' && by.once(12))
    lines.push(
      'from_day date DEFAULT "2020-01-01"',
      'to_day date DEFAULT "2030-01-01"',
      'PERIOD FOR valid (from_day, to_day)',
    );
  const options = [`ENGINE=${engine}`];
  if (by.once(3)) options.push(`DEFAULT CHARSET=${by.one(CHARSETS)}`);
  else if (by.once(4)) options.push(`COLLATE=${by.one(COLLATIONS)}`);
  if (by.once(4) && engine === 'InnoDB')
    options.push(`ROW_FORMAT=${by.one(['DYNAMIC', 'COMPACT', 'REDUNDANT', 'COMPRESSED KEY_BLOCK_SIZE=8'])}`);
  if (by.once(4)) options.push(`COMMENT='${by.one(TEXTS)}'`);
  if (by.once(6)) options.push('STATS_PERSISTENT=0');
  if (by.once(6)) options.push('CHECKSUM=1');
  if (isCounter && by.once(3)) options.push('AUTO_INCREMENT=5000');
  if (by.once(8)) options.push('MAX_ROWS=100000 AVG_ROW_LENGTH=50');
  if (flavour === 'mariadb' && by.once(10)) options.push('WITH SYSTEM VERSIONING');
  if (flavour === 'mariadb' && by.once(10) && engine === 'InnoDB') options.push('PAGE_COMPRESSED=1');
  const hasForeignKey = lines.some((line) => line.includes('FOREIGN KEY'));
  const parts =
    by.once(4) && !hasForeignKey && hasId
      ? by.one([
          ' PARTITION BY HASH (id) PARTITIONS 3',
          ' PARTITION BY KEY (id) PARTITIONS 2',
          ' PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (5), PARTITION `p;1` VALUES LESS THAN MAXVALUE COMMENT = "it\'s */")',
          ' PARTITION BY LIST (id % 3) (PARTITION a VALUES IN (0), PARTITION b VALUES IN (1, 2))',
          ' PARTITION BY RANGE (id) SUBPARTITION BY HASH (id) SUBPARTITIONS 2 (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE)',
          ' PARTITION BY LINEAR HASH (id) PARTITIONS 4',
        ])
      : '';
  tables.push({ name, engine, columns: [...columns, ...generated], hasId });
  const insert = `INSERT INTO ${quoted(name)} (${[...(hasId ? ['id'] : []), ...columns.map((one) => quoted(one.name))].join(', ')}) VALUES `;
  const rows = by.list(
    by.once(4) ? 0 : by.below(25),
    (at) => `(${[...(hasId ? [at + 1] : []), ...columns.map((one) => one.value())].join(', ')})`,
  );
  return [
    "SET NAMES utf8mb4, sql_mode = 'NO_AUTO_VALUE_ON_ZERO'",
    `CREATE TABLE ${quoted(name)} (${lines.join(', ')}) ${options.join(' ')}${parts}`,
    // if something in it doesn't go together: without keys, checks and options, or with plain columns
    `CREATE TABLE IF NOT EXISTS ${quoted(name)} (${[...(hasId ? ['id int NOT NULL PRIMARY KEY'] : []), ...columns.map(lineOf)].join(', ')}) ENGINE=${engine}${parts}`,
    `CREATE TABLE IF NOT EXISTS ${quoted(name)} (${[...(hasId ? ['id int NOT NULL PRIMARY KEY'] : []), ...columns.map((one) => `${quoted(one.name)} ${one.type}`)].join(', ')})`,
    ...by.list(
      Math.ceil(rows.length / 4),
      (at) =>
        `${insert}${rows
          .slice(at * 4, at * 4 + 4)
          .toReversed()
          .join(', ')}`,
    ),
  ];
}

function key(
  by: Chance,
  columns: readonly (Column & { isText: boolean })[],
  generated: readonly Column[],
  flavour: Flavour,
  index: number,
): string {
  const name = by.once(3) ? quoted(`${by.one(NAMES)} ${index}`.slice(0, 60).trimEnd()) : `k${index}_${by.below(100)}`;
  const texts = columns.filter(({ isText }) => isText);
  const first = by.one(columns);
  if (by.once(6) && texts.length > 0)
    return `FULLTEXT KEY ${name} (${by
      .some(texts, 2)
      .concat(texts.slice(0, 1))
      .slice(0, 1)
      .map((one) => quoted(one.name))
      .join(', ')})${comment(by)}`;
  if (flavour === 'mysql' && by.once(6))
    return `KEY ${name} ((${by.one(['id + 1', "concat(id, ';')", 'id * 2 - 1'])}))`;
  const parts = [...new Set([first, ...by.some([...columns, ...generated], 2)])].map((one) => {
    const long = /text|blob|json|geometry|point|vector/.test(one.type);
    return `${quoted(one.name)}${long ? `(${3 + by.below(9)})` : ''}${by.once(4) ? ' DESC' : ''}`;
  });
  const hidden = by.once(8) ? (flavour === 'mysql' ? ' INVISIBLE' : ' IGNORED') : '';
  const how = by.once(8) ? ' USING BTREE' : by.once(12) ? ' USING HASH' : '';
  return by.once(4)
    ? `UNIQUE KEY ${name} (${['id', ...parts].join(', ')})${how}${comment(by)}`
    : `KEY ${name} (${parts.join(', ')})${how}${comment(by)}${hidden}`;
}

function view(by: Chance, name: string, tables: readonly Table[], views: string[]): string {
  const of = by.one(tables);
  const base = views.length > 0 && by.once(2) ? `SELECT v.* FROM ${quoted(by.one(views))} v` : undefined;
  const some = (alias: string) =>
    by
      .some(of.columns, 3)
      .concat(of.columns.slice(0, 1))
      .map((one) => `${alias}.${quoted(one.name)}`);
  const selects = [
    `SELECT ${[...new Set(some('x'))].join(', ')} FROM ${quoted(of.name)} x WHERE 1 = 1`,
    `SELECT count(*) AS \`n;\`, ${text(by)} AS \`x ${by.one(NAMES)}x\` FROM ${quoted(of.name)} GROUP BY 2`,
    `SELECT 1 AS one UNION ALL SELECT count(*) FROM ${quoted(of.name)}`,
    `SELECT (SELECT count(*) FROM ${quoted(by.one(tables).name)}) AS c, ${text(by)} LIKE '%;%' AS l /* comment; */`,
    `SELECT DISTINCT x.* FROM ${quoted(of.name)} x LEFT JOIN ${quoted(by.one(tables).name)} y ON 1 = 0`,
    `WITH cte AS (SELECT 1 AS a) SELECT a, '*/5 * * * *' AS cron, CASE a WHEN 1 THEN 'x' ELSE "y" END AS e FROM cte`,
    `SELECT ${text(by)} COLLATE utf8mb4_bin AS t, _latin1'abc' AS l, 0x2720 AS h, DATE '2020-01-01' AS d`,
    `SELECT row_number() OVER (ORDER BY 1) AS rn FROM ${quoted(of.name)}`,
  ];
  const algorithm = by.once(3) ? `ALGORITHM=${by.one(['MERGE', 'TEMPTABLE', 'UNDEFINED'])} ` : '';
  const security = by.once(4) ? 'SQL SECURITY INVOKER ' : '';
  const checked = by.once(6) ? ' WITH LOCAL CHECK OPTION' : '';
  views.push(name);
  return `CREATE ${algorithm}${by.one(DEFINERS)}${security}VIEW ${quoted(name)} AS ${base ?? by.one(selects)}${checked}`;
}

/** A session that a body is made in: what is stored with it. */
function made(by: Chance): string[] {
  return [
    `SET sql_mode = ${by.once(2) ? 'DEFAULT' : by.one(MODES)}`,
    by.once(5)
      ? `SET NAMES ${by.one(['latin1', 'utf8mb3', 'utf8mb4', 'utf8mb4 COLLATE utf8mb4_bin'])}`
      : 'SET NAMES utf8mb4',
  ];
}

function body(by: Chance, tables: readonly Table[]): string {
  const of = quoted(by.one(tables).name);
  const parts = [
    `SET @x = ${text(by)};`,
    '/* a comment; with */ SET @y = 1;',
    "-- a line; with ' quote\n SET @y = 2;",
    '# another; "\n SET @z = 3;',
    `IF @x = 1 THEN SET @y = 2; ELSEIF @x = 2 THEN BEGIN END; ELSE SET @z = 'END;'; END IF;`,
    'CASE @x WHEN 1 THEN SET @y = 1; ELSE SET @y = 2; END CASE;',
    `BEGIN DECLARE v text DEFAULT ${text(by)}; DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET @e = 1; SET v = concat(v, ';;'); END;`,
    'l: WHILE @x < 0 DO SET @x = @x + 1; LEAVE l; END WHILE;',
    `SET @n = (SELECT count(*) FROM ${of});`,
    '/*!50000 SET @v = 5 */;',
    `SET @c = '*/5 * * * *';`,
    'REPEAT SET @r = 1; UNTIL 1 END REPEAT;',
    'SET @a = 1, @b = "two";',
    "SET @s = 'a\\\\b';",
    'BEGIN END;',
  ];
  if (by.once(4)) return by.one(['SET @one = 1', "SET @one = 'a;b'", '/* only; */ SET @one = 2', "SET @one = '*/'"]);
  const last = by.once(4) ? by.one([' -- at the end', ' # end', ' /* end; */']) : '';
  return `${by.once(5) ? 'lbl: ' : ''}BEGIN\n${by.list(1 + by.below(4), () => by.one(parts)).join(by.one(['\n', ' ', '\r\n']))}\nEND${last}`;
}

function trigger(by: Chance, name: string, tables: readonly Table[]): string[] {
  const of = by.one(tables);
  const when = `${by.one(['BEFORE', 'AFTER'])} ${by.one(['INSERT', 'UPDATE', 'DELETE'])}`;
  return [
    ...made(by),
    `CREATE ${by.one(DEFINERS)}TRIGGER ${quoted(name)} ${when} ON ${quoted(of.name)} FOR EACH ROW ${body(by, tables)}`,
  ];
}

function routine(by: Chance, name: string, tables: readonly Table[], flavour: Flavour): string[] {
  const traits = [
    by.one(['', ' NOT DETERMINISTIC', ' DETERMINISTIC']),
    by.one(['', ' NO SQL', ' READS SQL DATA', ' MODIFIES SQL DATA', ' CONTAINS SQL']),
    by.one(['', ' SQL SECURITY INVOKER']),
    comment(by),
  ].join('');
  const definer = by.one(DEFINERS);
  const shown = by.once(3) ? `p${by.below(20)}` : name;
  const kinds = [
    `CREATE ${definer}PROCEDURE ${quoted(shown)}(IN a int, OUT \`b;\` text, INOUT c varchar(10) CHARACTER SET latin1)${traits} ${body(by, tables)}`,
    `CREATE ${definer}PROCEDURE ${quoted(shown)}()${traits} ${body(by, tables)}`,
    `CREATE ${definer}FUNCTION ${quoted(shown)}(a int, b text) RETURNS text${by.once(2) ? ' CHARSET latin1' : ''} DETERMINISTIC${comment(by)} RETURN concat(b, a, ${text(by)})`,
    `CREATE ${definer}FUNCTION ${quoted(shown)}() RETURNS int DETERMINISTIC NO SQL BEGIN RETURN 1; /* ; */ END`,
    ...(flavour === 'mariadb'
      ? [
          `CREATE ${definer}AGGREGATE FUNCTION ${quoted(shown)}(x int) RETURNS int BEGIN DECLARE s int DEFAULT 0; DECLARE CONTINUE HANDLER FOR NOT FOUND RETURN s; LOOP FETCH GROUP NEXT ROW; SET s = s + x; END LOOP; END`,
          `CREATE ${definer}PACKAGE ${quoted(shown)} AS FUNCTION f RETURN int; PROCEDURE p; END`,
        ]
      : []),
  ];
  const statement = by.one(kinds);
  if (!/PACKAGE/.test(statement.slice(0, 60))) return [...made(by), statement];
  return [
    'SET sql_mode = ORACLE',
    statement,
    `CREATE PACKAGE BODY ${quoted(shown)} AS FUNCTION f RETURN int AS BEGIN RETURN 1; END; PROCEDURE p AS BEGIN NULL; END; END`,
  ];
}

function event(by: Chance, name: string, tables: readonly Table[]): string[] {
  const schedule = by.one([
    "EVERY 1 DAY STARTS '2030-01-01 00:00:00'",
    "EVERY '1:30' HOUR_MINUTE STARTS '2030-05-05 01:02:03' ENDS '2031-01-01 00:00:00'",
    "AT '2035-01-01 00:00:00'",
    "EVERY 5 MINUTE STARTS '2032-01-01 00:00:00'",
  ]);
  const zone = by.once(3) ? `SET time_zone = '${by.one(['+03:00', '-11:30', 'SYSTEM'])}'` : "SET time_zone = '+00:00'";
  const tail = `${by.one(['', ' ON COMPLETION PRESERVE', ' ON COMPLETION NOT PRESERVE'])}${by.one(['', ' DISABLE', ' ENABLE'])}${comment(by)}`;
  return [
    ...made(by),
    zone,
    `CREATE ${by.one(DEFINERS)}EVENT ${quoted(name)} ON SCHEDULE ${schedule}${tail} DO ${body(by, tables)}`,
  ];
}

function sequence(by: Chance, name: string): string[] {
  const options = by
    .some(['INCREMENT BY 3', 'MINVALUE -50', 'MAXVALUE 9000', 'CACHE 5', 'CYCLE', 'ENGINE=Aria'], 4)
    .join(' ');
  return [
    `CREATE SEQUENCE ${quoted(name)} ${options}`,
    ...by.list(by.below(3), () => `SELECT NEXTVAL(${quoted(name)})`),
  ];
}
