/**
 * Random databases for PostgreSQL: types, domains, tables, partitions, inheritance, keys, generated columns, sequences,
 * views on views, rules, triggers, routines, row security, statistics objects, comments, owners and grants, with odd
 * names and texts. Statements that the server refuses are skipped on purpose: random choices also combine what doesn't
 * fit together.
 */
import { type Chance, chance } from './chance.ts';

interface Column {
  name: string;
  type: string;
  value: () => string;
}

interface Table {
  /** Qualified and quoted. */
  name: string;
  columns: Column[];
  partitioned: boolean;
}

const NAMES = [
  ...[
    'orders',
    'Orders',
    'order',
    'select',
    'a b',
    'we"ird',
    'x;y',
    "it's",
    'back\\slash',
    '-- c',
    '/* x',
    '*/',
    '100%_',
  ],
  ...[
    '$x',
    '1e5',
    'ключ',
    'ü',
    '日本',
    '$$',
    'a.b',
    '#x',
    'new',
    'old',
    'end',
    'begin',
    'user',
    ':v',
    '{a}',
    'a\tb',
    'a\nb',
  ],
  ...[`l${'o'.repeat(55)}ng`, '\\.', 'COPY', 'public', 'a,b', '(a)'],
];
const TEXTS = [
  ...[
    "it's",
    'a;b',
    '/* c */',
    '-- no',
    '$$',
    '$x$',
    '\\.',
    '\\N',
    '\\',
    '\\\\',
    '"q"',
    'ü',
    '日本語',
    '😀',
    ' lead',
    'trail ',
    '',
  ],
  ...[
    'a\nb',
    'a\tb',
    '\r\n',
    '\\restrict x',
    ':v',
    'COPY t FROM stdin;',
    'END;',
    'NULL',
    '{a,b}',
    '(1,2)',
    '\b\f\v',
    'DROP TABLE x;',
  ],
];
/** Roles that the objects name. */
export const POSTGRES_ROLES = ['owner_one', 'owner "two"', 'reader;', 'app'];
const COLLATIONS = ['"C"', '"POSIX"', '"default"'];

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return text.includes('\\')
    ? `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    : `'${text.replaceAll("'", "''")}'`;
}

export function randomPostgres(seed: number): string[] {
  const by = chance(seed);
  const taken = new Set<string>();
  const bare = (): string => {
    for (;;) {
      const found = by.once(3) ? by.one(NAMES) : `t${by.below(90)}`;
      if (taken.has(found)) continue;
      taken.add(found);
      return quoted(found);
    }
  };
  const schemas = ['public', ...by.list(by.below(3), () => bare())];
  const qualified = () => `${by.one(schemas)}.${bare()}`;
  const statements: string[] = [];
  const comment = (what: string) => {
    if (by.once(3)) statements.push(`COMMENT ON ${what} IS ${literal(by.one(TEXTS))}`);
  };
  const own = (what: string) => {
    if (by.once(4)) statements.push(`ALTER ${what} OWNER TO ${quoted(by.one(POSTGRES_ROLES))}`);
  };
  const grant = (rights: string[], on: string) => {
    for (let count = by.below(3); count > 0; count--) {
      const who = by.once(5) ? 'PUBLIC' : quoted(by.one(POSTGRES_ROLES));
      const option = who !== 'PUBLIC' && by.once(4) ? ' WITH GRANT OPTION' : '';
      statements.push(
        by.once(4)
          ? `REVOKE ALL ON ${on} FROM ${by.one(['PUBLIC', quoted(by.one(POSTGRES_ROLES)), 'CURRENT_USER'])}`
          : `GRANT ${by.one(rights)} ON ${on} TO ${who}${option}`,
      );
    }
  };
  for (const schema of schemas.slice(1)) {
    statements.push(`CREATE SCHEMA ${schema}`);
    comment(`SCHEMA ${schema}`);
    own(`SCHEMA ${schema}`);
    grant(['USAGE', 'CREATE', 'ALL'], `SCHEMA ${schema}`);
  }
  if (by.once(4)) grant(['USAGE', 'ALL'], 'SCHEMA public');
  if (by.once(6)) comment('SCHEMA public');
  if (by.once(5)) statements.push('CREATE EXTENSION pg_trgm', 'CREATE EXTENSION hstore');
  if (by.once(4)) statements.push('CREATE EXTENSION btree_gist');
  const types: { name: string; value: () => string }[] = [];
  for (let count = by.below(4); count > 0; count--) {
    const name = qualified();
    const value = literal(by.one(["it's", 'a;b']));
    const kinds: [kind: string, sql: string, value: () => string][] = [
      ['TYPE', `CREATE TYPE ${name} AS ENUM ('it''s', 'a;b', ${literal(by.one(['x', 'ü', '\\']))})`, () => value],
      ['TYPE', `CREATE TYPE ${name} AS (a int, "b;" text COLLATE "C")`, () => `ROW(1, ${literal(by.one(TEXTS))})`],
      ['DOMAIN', `CREATE DOMAIN ${name} AS text DEFAULT 'x' CHECK (VALUE <> ';;')`, () => literal(by.one(TEXTS))],
      [
        'DOMAIN',
        `CREATE DOMAIN ${name} AS int CONSTRAINT ${bare()} CHECK (VALUE > -5) CHECK (VALUE < 1e6)`,
        () => String(by.below(100)),
      ],
      ['TYPE', `CREATE TYPE ${name} AS RANGE (subtype = float8)`, () => "'[1,2)'"],
    ];
    const [kind, sql, make] = by.one(kinds);
    statements.push(sql);
    types.push({ name, value: make });
    comment(`${kind} ${name}`);
    own(`${kind} ${name}`);
    grant(['USAGE'], `TYPE ${name}`);
  }
  const sequences: string[] = [];
  for (let count = by.below(3); count > 0; count--) {
    const name = qualified();
    const options = by
      .some(
        ['AS smallint', 'START 7', 'INCREMENT BY -2 MINVALUE -100 MAXVALUE 50', 'CACHE 4', 'CYCLE', 'MINVALUE 1'],
        3,
      )
      .join(' ');
    statements.push(
      `CREATE ${by.once(5) ? 'UNLOGGED ' : ''}SEQUENCE ${name} ${options}`,
      ...by.list(by.below(3), () => `SELECT nextval(${literal(name)})`),
    );
    sequences.push(name);
    comment(`SEQUENCE ${name}`);
    own(`SEQUENCE ${name}`);
    grant(['USAGE', 'SELECT', 'UPDATE', 'ALL'], `SEQUENCE ${name}`);
  }
  const functions: string[] = [];
  for (let count = by.below(3); count > 0; count--) {
    const name = qualified();
    functions.push(name);
    statements.push(
      by.one([
        `CREATE FUNCTION ${name}(text) RETURNS text LANGUAGE sql IMMUTABLE AS $_$ SELECT lower($1) || ';' $_$`,
        `CREATE FUNCTION ${name}(text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $body$ BEGIN RETURN upper($1); -- it's; $$\nEND $body$`,
        `CREATE FUNCTION ${name}(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1 || 'x'`,
        `CREATE FUNCTION ${name}(text) RETURNS text LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT CASE WHEN $1 = ';' THEN 'a' ELSE 'b' END; END`,
        `CREATE FUNCTION ${name}(text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path TO 'public', pg_temp SECURITY DEFINER AS 'SELECT ''\\'' || $1'`,
      ]),
    );
    comment(`FUNCTION ${name}(text)`);
    own(`FUNCTION ${name}(text)`);
    grant(['EXECUTE'], `FUNCTION ${name}(text)`);
  }
  const tables: Table[] = [];
  for (let count = 2 + by.below(5); count > 0; count--) {
    const table = makeTable(by, qualified(), bare, { types, sequences, functions, tables }, statements);
    tables.push(table);
    comment(`TABLE ${table.name}`);
    comment(`COLUMN ${table.name}.${by.one(table.columns).name}`);
    own(`TABLE ${table.name}`);
    grant(
      ['SELECT', 'INSERT, UPDATE', `SELECT (${by.one(table.columns).name})`, 'ALL', 'TRUNCATE, REFERENCES'],
      `TABLE ${table.name}`,
    );
  }
  // foreign keys, also in circles
  for (let count = by.below(4); count > 0; count--) {
    const [from, to] = [by.one(tables), by.one(tables)];
    const action = by.one([
      '',
      ' ON DELETE CASCADE',
      ' ON DELETE SET NULL',
      ' DEFERRABLE INITIALLY DEFERRED',
      ' ON UPDATE CASCADE',
      ' NOT VALID',
    ]);
    statements.push(
      `ALTER TABLE ${from.name} ADD COLUMN IF NOT EXISTS ref int`,
      `ALTER TABLE ${from.name} ADD CONSTRAINT ${bare()} FOREIGN KEY (ref) REFERENCES ${to.name} (id)${action}`,
    );
  }
  const views: string[] = [];
  for (let count = by.below(5); count > 0; count--) {
    const name = qualified();
    const of = by.one(tables);
    const column = by.one(of.columns).name;
    const base = views.length > 0 && by.once(2) ? `SELECT * FROM ${by.one(views)}` : undefined;
    const select =
      base ??
      by.one([
        `SELECT id, ${column} FROM ${of.name} WHERE id > 0`,
        `SELECT count(*) AS "n;", ${literal(by.one(TEXTS))}::text AS t FROM ${of.name}`,
        `SELECT o.id, o.${column}, count(*) FROM ${of.name} o GROUP BY o.id`,
        `SELECT x.* FROM ${of.name} x LEFT JOIN ${by.one(tables).name} y ON x.id = y.id`,
        `WITH c AS (SELECT 1 AS a) SELECT a, CASE a WHEN 1 THEN ';' ELSE E'\\\\' END AS e FROM c`,
        `SELECT id, row_number() OVER (ORDER BY id) AS rn FROM ${of.name} UNION ALL SELECT 1, 2`,
        ...(functions.length > 0 ? [`SELECT ${by.one(functions)}('a') AS f`] : []),
      ]);
    const materialized = by.once(3);
    statements.push(
      materialized
        ? `CREATE MATERIALIZED VIEW ${name} AS ${select}${by.once(4) ? ' WITH NO DATA' : ''}`
        : `CREATE VIEW ${name}${by.once(5) ? ' WITH (security_barrier)' : ''} AS ${select}`,
    );
    views.push(name);
    const kind = materialized ? 'MATERIALIZED VIEW' : 'VIEW';
    comment(`${kind} ${name}`);
    own(`${kind} ${name}`);
    grant(['SELECT', 'ALL'], `TABLE ${name}`);
    if (materialized && by.once(2)) statements.push(`CREATE INDEX ON ${name} ((1))`);
    if (!materialized && by.once(4))
      statements.push(`CREATE RULE ${bare()} AS ON INSERT TO ${name} DO INSTEAD NOTHING`);
  }
  for (const of of tables) {
    if (by.once(3)) {
      const fn = qualified();
      statements.push(
        `CREATE FUNCTION ${fn}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; -- ; '\n END $$`,
      );
      const trigger = bare();
      statements.push(
        by.one([
          `CREATE TRIGGER ${trigger} BEFORE INSERT OR UPDATE ON ${of.name} FOR EACH ROW EXECUTE FUNCTION ${fn}('a;''b')`,
          `CREATE TRIGGER ${trigger} AFTER UPDATE OF ${by.one(of.columns).name} ON ${of.name} FOR EACH ROW WHEN (OLD.id > 5) EXECUTE FUNCTION ${fn}()`,
          `CREATE CONSTRAINT TRIGGER ${trigger} AFTER INSERT ON ${of.name} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${fn}()`,
          `CREATE TRIGGER ${trigger} AFTER DELETE ON ${of.name} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION ${fn}()`,
        ]),
      );
      comment(`TRIGGER ${trigger} ON ${of.name}`);
      if (by.once(3))
        statements.push(
          `ALTER TABLE ${of.name} ${by.one(['DISABLE', 'ENABLE ALWAYS', 'ENABLE REPLICA'])} TRIGGER ${trigger}`,
        );
    }
    if (by.once(4)) {
      statements.push(`ALTER TABLE ${of.name} ENABLE ROW LEVEL SECURITY`);
      if (by.once(2)) statements.push(`ALTER TABLE ${of.name} FORCE ROW LEVEL SECURITY`);
      const policy = bare();
      statements.push(
        by.one([
          `CREATE POLICY ${policy} ON ${of.name} USING (id > 0)`,
          `CREATE POLICY ${policy} ON ${of.name} AS RESTRICTIVE FOR UPDATE TO ${quoted(by.one(POSTGRES_ROLES))} USING (true) WITH CHECK (id <> 7)`,
        ]),
      );
      comment(`POLICY ${policy} ON ${of.name}`);
    }
    if (by.once(5) && of.columns.length > 1) {
      const name = qualified();
      statements.push(
        `CREATE STATISTICS ${name} (${by.one(['ndistinct', 'dependencies', 'ndistinct, mcv'])}) ON id, ${by.one(of.columns).name} FROM ${of.name}`,
      );
      comment(`STATISTICS ${name}`);
      if (by.once(2)) statements.push(`ALTER STATISTICS ${name} SET STATISTICS 50`);
      own(`STATISTICS ${name}`);
    }
    if (by.once(6))
      statements.push(
        `CREATE RULE ${bare()} AS ON DELETE TO ${of.name} WHERE old.id > 500 DO ${by.one(['ALSO', 'INSTEAD'])} NOTHING`,
      );
    if (by.once(8)) statements.push(`ALTER TABLE ${of.name} REPLICA IDENTITY FULL`);
  }
  for (let count = by.below(3); count > 0; count--) {
    const name = qualified();
    statements.push(
      by.one([
        `CREATE PROCEDURE ${name}(IN a int, INOUT b text DEFAULT ${literal(by.one(TEXTS))}) LANGUAGE plpgsql AS $x$ BEGIN b := $$;'$$; END $x$`,
        `CREATE AGGREGATE ${name}(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0')`,
        `CREATE FUNCTION ${name}(VARIADIC int[]) RETURNS SETOF int LANGUAGE sql ROWS 5 COST 7 AS 'SELECT unnest($1)'`,
        `CREATE FUNCTION ${name}(OUT a int, OUT "b;" text) LANGUAGE sql AS 'SELECT 1, ''x'''`,
        `CREATE FUNCTION ${name}() RETURNS TABLE (a int, b text) LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT 1, ''it''''s'''`,
        ...(types.length > 0
          ? [`CREATE FUNCTION ${name}(a ${by.one(types).name}) RETURNS int LANGUAGE sql AS 'SELECT 1'`]
          : []),
      ]),
    );
  }
  if (by.once(4)) statements.push(`CREATE COLLATION ${qualified()} (provider = icu, locale = 'en-u-kn-true')`);
  if (by.once(4)) statements.push(`CREATE TEXT SEARCH CONFIGURATION ${qualified()} (COPY = simple)`);
  if (by.once(4)) {
    const publication = bare();
    statements.push(
      `CREATE PUBLICATION ${publication} ${by.one([`FOR TABLE ${by.one(tables).name}`, 'FOR ALL TABLES', ''])}`,
    );
    comment(`PUBLICATION ${publication}`);
  }
  for (let count = by.below(3); count > 0; count--) {
    const oid = 500_000 + by.below(1000);
    statements.push(`SELECT lo_from_bytea(${oid}, decode('00ff5c27', 'hex'))`);
    comment(`LARGE OBJECT ${oid}`);
    own(`LARGE OBJECT ${oid}`);
    grant(['SELECT', 'ALL'], `LARGE OBJECT ${oid}`);
  }
  if (by.once(4)) {
    const schema = by.once(2) ? ` IN SCHEMA ${by.one(schemas)}` : '';
    const of = by.once(2) ? ` FOR ROLE ${quoted(by.one(POSTGRES_ROLES))}` : '';
    statements.push(
      `ALTER DEFAULT PRIVILEGES${of}${schema} GRANT ${by.one(['SELECT ON TABLES', 'EXECUTE ON FUNCTIONS', 'USAGE ON SEQUENCES'])} TO ${quoted(by.one(POSTGRES_ROLES))}`,
    );
    if (by.once(2)) statements.push(`ALTER DEFAULT PRIVILEGES${of} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`);
  }
  return statements;
}

interface Made {
  types: readonly { name: string; value: () => string }[];
  sequences: readonly string[];
  functions: readonly string[];
  tables: readonly Table[];
}

function makeColumn(by: Chance, name: string, { types, sequences, functions }: Made): Column & { line: string } {
  const nullable = (value: () => string) => () => (by.once(6) ? 'NULL' : value());
  const pick = (values: string[]) => nullable(() => by.one(values));
  const texts = nullable(() => literal(by.list(1 + by.below(3), () => by.one(TEXTS)).join('')));
  const kinds: [type: string, value: () => string, defaults?: string[]][] = [
    [
      'int',
      pick(['0', '1', '-5', '2147483647']),
      ['5', '(1 + 2)', ...(sequences.length > 0 ? [`nextval(${literal(by.one(sequences))})`] : [])],
    ],
    ['bigint', pick(['9223372036854775807', '0'])],
    ['numeric(12,4)', pick(['1.5', '-0.0001', "'NaN'"]), ['4.99']],
    ['numeric', pick(['1e50', "'Infinity'", '0.1'])],
    ['float8', pick(["'NaN'", '1e-300', '0.1', "'-Infinity'"])],
    ['real', pick(['1e-30', '0.3'])],
    ['text', texts, [literal(by.one(TEXTS)), "('a' || ';')"]],
    [`text COLLATE ${by.one(COLLATIONS)}`, texts],
    ['varchar(100)', texts],
    ['char(8)', pick(["'a'", "''"])],
    ['bytea', pick(["'\\x00275c'", "'\\x'"])],
    ['boolean', pick(['true', 'false']), ['true']],
    ['date', pick(["'2024-02-29'", "'infinity'", "'0001-01-01 BC'"]), ['CURRENT_DATE']],
    ['timestamptz', pick(["'2024-03-31 02:30:00+01'", "'-infinity'"]), ['now()']],
    ['timestamp(3)', pick(["'2024-03-31 02:30:00.123'"])],
    ['interval', pick(["'1 day -02:00'", "'1 mon'"])],
    ['time', pick(["'24:00:00'"])],
    ['uuid', pick(["'123e4567-e89b-12d3-a456-426655440000'"]), ['gen_random_uuid()']],
    ['jsonb', pick(['\'{"a": ";"}\'', "'[]'", "'null'"]), ["'{}'"]],
    ['json', pick(['\'{"a": 1,  "a": 2}\''])],
    ['xml', pick(["'<a>;</a>'"])],
    ['int[]', pick(["'{1,NULL,3}'", "'[2:3]={1,2}'"])],
    ['text[]', pick(["ARRAY['a;b', NULL, '\"', '\\']", "'{}'"])],
    ['inet', pick(["'::1'", "'10.0.0.0/8'"])],
    ['int4range', pick(["'[1,5)'", "'empty'"])],
    ['tsvector', pick(["'a:1 b:2'"])],
    ['point', pick(["'(1,2)'"])],
    ['bit(4)', pick(["B'1010'"])],
    ['money', pick(['12.34'])],
    ['oid', pick(['7'])],
    ['"char"', pick(["'x'"])],
    ['pg_lsn', pick(["'0/1'"])],
    ...types.map((type): [string, () => string] => [type.name, nullable(type.value)]),
  ];
  const [type, value, defaults = []] = by.one(kinds);
  const chosen = defaults.length > 0 && by.once(2) ? ` DEFAULT ${by.one(defaults)}` : '';
  const required = by.once(9) && chosen !== '' ? ' NOT NULL' : '';
  const checked =
    type === 'text' && functions.length > 0 && by.once(3) ? ` CHECK (${by.one(functions)}(${name}) <> ';;;')` : '';
  return { name, type, value, line: `${name} ${type}${chosen}${required}${checked}` };
}

function makeTable(by: Chance, name: string, bare: () => string, made: Made, statements: string[]): Table {
  const names = new Set<string>(['"id"', '"ref"', '"part"']);
  const columnName = (): string => {
    for (;;) {
      const found = quoted(by.once(4) ? by.one(NAMES) : `c${by.below(40)}`);
      if (names.has(found)) continue;
      names.add(found);
      return found;
    }
  };
  const columns = by.list(1 + by.below(6), () => makeColumn(by, columnName(), made));
  const identity = by.one([
    '',
    '',
    ' GENERATED BY DEFAULT AS IDENTITY',
    ' GENERATED BY DEFAULT AS IDENTITY (START WITH 50 INCREMENT BY 5)',
  ]);
  const partition = by.once(5) ? by.one(['RANGE', 'LIST', 'HASH']) : undefined;
  const parent =
    partition === undefined && made.tables.length > 0 && by.once(8)
      ? by.one(made.tables.filter((one) => !one.partitioned))
      : undefined;
  const lines = [`id int${identity}`, ...columns.map(({ line }) => line)];
  const numeric = columns.find(({ type }) => type === 'int' || type === 'bigint');
  const textual = columns.find(({ type }) => type === 'text');
  if (textual !== undefined && by.once(3) && made.functions.length > 0)
    lines.push(`made text GENERATED ALWAYS AS (${by.one(made.functions)}(${textual.name})) STORED`);
  else if (numeric !== undefined && by.once(3))
    lines.push(`made numeric GENERATED ALWAYS AS (${numeric.name} * 2.5) STORED`);
  if (by.below(6) < 4) lines.push(`${by.once(3) ? `CONSTRAINT ${bare()} ` : ''}PRIMARY KEY (id)`);
  if (numeric !== undefined && by.once(3))
    lines.push(
      `${by.once(2) ? `CONSTRAINT ${bare()} ` : ''}CHECK (${numeric.name} > -10)${by.once(4) ? ' NO INHERIT' : ''}`,
    );
  if (by.once(4))
    lines.push(
      `UNIQUE ${by.once(3) ? 'NULLS NOT DISTINCT ' : ''}(id, ${by.one(columns.filter(({ type }) => !/json$|xml|point/.test(type)))?.name ?? 'id'})`,
    );
  const range = columns.find(({ type }) => type === 'int4range');
  if (range !== undefined && by.once(2)) lines.push(`EXCLUDE USING gist (${range.name} WITH &&) WHERE (id < 0)`);
  const inherits = parent === undefined ? '' : ` INHERITS (${parent.name})`;
  const options = by.once(5) && partition === undefined ? ' WITH (fillfactor = 70, autovacuum_enabled = false)' : '';
  const unlogged = by.once(10) && partition === undefined ? 'UNLOGGED ' : '';
  statements.push(
    `CREATE ${unlogged}TABLE ${name} (${lines.join(', ')})${inherits}${partition === undefined ? '' : ` PARTITION BY ${partition} (id)`}${options}`,
  );
  // if something in it doesn't go together
  statements.push(
    `CREATE TABLE IF NOT EXISTS ${name} (id int PRIMARY KEY, ${columns.map((one) => `${one.name} ${one.type}`).join(', ')})`,
  );
  if (partition !== undefined) {
    const [first, second] = [`public.${bare()}`, `public.${bare()}`];
    const bounds = {
      RANGE: ['FOR VALUES FROM (MINVALUE) TO (10)', 'DEFAULT'],
      LIST: ['FOR VALUES IN (1, 2, 3)', 'DEFAULT'],
      HASH: ['FOR VALUES WITH (MODULUS 2, REMAINDER 0)', 'FOR VALUES WITH (MODULUS 2, REMAINDER 1)'],
    }[partition] as [string, string];
    statements.push(`CREATE TABLE ${first} PARTITION OF ${name} ${bounds[0]}`);
    if (by.once(3))
      statements.push(
        `CREATE TABLE ${second} PARTITION OF ${name} ${bounds[1]} PARTITION BY HASH (id)`,
        `CREATE TABLE public.${bare()} PARTITION OF ${second} FOR VALUES WITH (MODULUS 1, REMAINDER 0)`,
      );
    else statements.push(`CREATE TABLE ${second} PARTITION OF ${name} ${bounds[1]}`);
    if (by.once(3))
      statements.push(
        `ALTER TABLE ${first} ADD CONSTRAINT ${bare()} CHECK (id > -100)`,
        `ALTER TABLE ${first} ALTER COLUMN ${by.one(columns).name} SET DEFAULT NULL`,
      );
  }
  for (let count = by.below(4); count > 0; count--) {
    const column = by.one(columns);
    const index = bare();
    const kinds = [
      `(${column.name}${by.one(['', ' DESC NULLS LAST', ' NULLS FIRST'])})`,
      `(id, ${column.name}) WHERE id > 3`,
      `((id % 10), id)`,
      `USING hash (${column.name})`,
      `(id) INCLUDE (${column.name}) WITH (fillfactor = 60)`,
      ...(textual === undefined
        ? []
        : [
            `(lower(${textual.name}) text_pattern_ops)`,
            `USING gin (${textual.name} gin_trgm_ops)`,
            ...(made.functions.length > 0 ? [`(${by.one(made.functions)}(${textual.name}))`] : []),
          ]),
      ...(column.type === 'jsonb' || column.type === 'tsvector' || column.type === 'int[]'
        ? [`USING gin (${column.name})`]
        : []),
      `USING brin (id)`,
    ];
    statements.push(`CREATE ${by.once(6) ? 'UNIQUE ' : ''}INDEX ${index} ON ${name} ${by.one(kinds)}`);
    if (by.once(4)) statements.push(`ALTER TABLE ${name} CLUSTER ON ${index}`);
  }
  const changes = [
    () => `ALTER TABLE ${name} ALTER COLUMN ${by.one(columns).name} SET STATISTICS 77`,
    () =>
      `ALTER TABLE ${name} ALTER COLUMN ${by.one(columns).name} SET STORAGE ${by.one(['EXTERNAL', 'MAIN', 'PLAIN'])}`,
    () => `ALTER TABLE ${name} ALTER COLUMN ${by.one(columns).name} SET (n_distinct = 5)`,
    () => `ALTER TABLE ${name} ADD COLUMN gone int, DROP COLUMN gone`,
    () => `ALTER TABLE ${name} ADD COLUMN later text DEFAULT 'it''s'`,
    () => `ALTER TABLE ${name} ADD CHECK (id <> 12345) NOT VALID`,
    () => `ALTER TABLE ${name} ALTER COLUMN ${by.one(columns).name} SET COMPRESSION pglz`,
  ];
  statements.push(...by.list(by.below(3), () => by.one(changes)()));
  const into = `INSERT INTO ${name} (id, ${columns.map((one) => one.name).join(', ')}) VALUES `;
  const rows = by.list(
    by.once(4) ? 0 : by.below(20),
    (at) => `(${[at + 1, ...columns.map((one) => one.value())].join(', ')})`,
  );
  statements.push(
    ...by.list(
      Math.ceil(rows.length / 4),
      (at) =>
        into +
        rows
          .slice(at * 4, at * 4 + 4)
          .toReversed()
          .join(', '),
    ),
  );
  return { name, columns, partitioned: partition !== undefined };
}

/** What happens to a database after its backup. @param tables qualified and quoted */
export function postgresDrift(seed: number, tables: readonly string[]): string[] {
  const by = chance(seed + 77);
  const one = () => by.one(tables) ?? 'none';
  const changes = [
    () => `DELETE FROM ${one()} WHERE id < 5`,
    () => `ALTER TABLE ${one()} ADD COLUMN added int DEFAULT 5`,
    () => `CREATE INDEX ON ${one()} (id)`,
    () => `DROP TABLE ${one()}`,
    () => `DROP TABLE ${one()} CASCADE`,
    () => `INSERT INTO ${one()} (id) VALUES (100000)`,
    () => `CREATE TABLE public.later_${by.below(99)} (id int PRIMARY KEY)`,
    () => `GRANT ALL ON ${one()} TO PUBLIC`,
    () => `ALTER TABLE ${one()} OWNER TO app`,
    () => `COMMENT ON TABLE ${one()} IS 'later'`,
    () => `CREATE FUNCTION public.t${by.below(20)}(text) RETURNS text LANGUAGE sql AS 'SELECT $1'`,
    () => `TRUNCATE ${one()}`,
    () => `ALTER TABLE ${one()} SET SCHEMA public`,
    () => `ALTER TABLE ${one()} DROP COLUMN id CASCADE`,
    () => `CREATE EXTENSION citext`,
  ];
  return by.list(1 + by.below(7), () => by.one(changes)());
}
