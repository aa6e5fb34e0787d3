import { type Definitions, quoted, type Relation, type Row, type Session } from '../sql-session.ts';

/** Types whose bytes are compared. All other types are compared as text. */
const BINARY = /^(tiny|medium|long)?blob$|binary$|^bit$|^geometry|^point$|^linestring$|^polygon$|^multi|^vector$/;

// Each query returns rows; `?` is the database. Definers and the server's statistics are left out.
const QUERIES: Record<string, string> = {
  '(columns)': `SELECT table_name, ordinal_position, column_name, column_type, is_nullable, column_default, extra,
    generation_expression, collation_name, column_comment FROM information_schema.columns WHERE table_schema = ?`,
  '(indexes)': `SELECT table_name, index_name, seq_in_index, column_name, non_unique, sub_part, index_type
    FROM information_schema.statistics WHERE table_schema = ?`,
  '(foreign keys)': `SELECT constraint_name, table_name, referenced_table_name, unique_constraint_name, update_rule, delete_rule
    FROM information_schema.referential_constraints WHERE constraint_schema = ?`,
  '(checks)': `SELECT constraint_name, check_clause FROM information_schema.check_constraints WHERE constraint_schema = ?`,
  '(views)': `SELECT table_name, view_definition, check_option, security_type
    FROM information_schema.views WHERE table_schema = ?`,
  '(routines)': `SELECT routine_name, routine_type, dtd_identifier, routine_definition, is_deterministic, sql_data_access,
    security_type, sql_mode FROM information_schema.routines WHERE routine_schema = ?`,
  '(parameters)': `SELECT specific_name, ordinal_position, parameter_mode, parameter_name, dtd_identifier
    FROM information_schema.parameters WHERE specific_schema = ?`,
  '(triggers)': `SELECT trigger_name, event_object_table, action_timing, event_manipulation, action_order, action_statement,
    sql_mode FROM information_schema.triggers WHERE trigger_schema = ?`,
  '(events)': `SELECT event_name, event_definition, event_type, execute_at, interval_value, interval_field, starts, ends,
    status, on_completion, sql_mode FROM information_schema.events WHERE event_schema = ?`,
};

export async function mysqlRelations(session: Session, database: string): Promise<Relation[]> {
  const columns = await session.rows(
    `SELECT t.table_name AS name, c.column_name AS col, c.data_type AS type
     FROM information_schema.tables t JOIN information_schema.columns c
       ON c.table_schema = t.table_schema AND c.table_name = t.table_name
     WHERE t.table_schema = ? ORDER BY t.table_name, c.ordinal_position`,
    [database],
  );
  // A view whose table is missing has no columns, but is listed anyway.
  const names = await session.rows(
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1',
    [database],
  );
  return names.map(({ name }) => {
    const own = columns.filter((column) => column.name === name);
    return { name: String(name), digestSql: digestSql(String(name), own) };
  });
}

/** Values are hashed before they are joined, because a joined text longer than max_allowed_packet would become NULL. */
function digestSql(table: string, columns: Row[]): string {
  const values = columns.map(({ col, type }) => {
    const value = quoted(String(col), '`');
    const bytes = BINARY.test(String(type).toLowerCase()) ? value : `CAST(${value} AS CHAR CHARACTER SET utf8mb4)`;
    return `COALESCE(SHA2(${bytes}, 256), 'NULL')`;
  });
  const row = `SHA2(CONCAT_WS(',', ${values.length === 0 ? "''" : values.join(', ')}), 256)`;
  const half = (start: number) => `SUM(CAST(CONV(SUBSTR(h, ${start}, 16), 16, 10) AS DECIMAL(20)))`;
  return `SELECT COUNT(*) AS n, ${half(1)} AS first, ${half(17)} AS second
    FROM (SELECT ${row} AS h FROM ${quoted(table, '`')}) AS hashes`;
}

export async function mysqlDefinitions(session: Session, database: string): Promise<Definitions[]> {
  const definitions: Definitions[] = [];
  for (const [name, sql] of Object.entries(QUERIES)) {
    const rows = await session.rows(sql, [database]);
    definitions.push({ name, rows: rows.map((row) => withoutDatabase(row, database)) });
  }
  return definitions;
}

/** A view's stored text contains the name of its database in front of every table. */
function withoutDatabase(row: Row, database: string): Row {
  const qualifier = `${quoted(database, '`')}.`;
  const values = Object.entries(row).map(([column, value]) => [
    column,
    typeof value === 'string' ? value.replaceAll(qualifier, '') : value,
  ]);
  return Object.fromEntries(values);
}
