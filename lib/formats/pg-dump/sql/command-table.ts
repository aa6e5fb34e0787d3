/** The table that a statement by pg_dump is about. Pure. */

const NAME = '(?:"(?:[^"]|"")+"|[^\\s".;(),]+)';
const QUALIFIED = `(?:(?<schema>${NAME})\\.)?(?<name>${NAME})`;
const PATTERNS = [
  `^(?<kind>CREATE)(?: UNLOGGED)? TABLE (?:IF NOT EXISTS )?${QUALIFIED}`,
  `^(?<kind>DROP) TABLE (?:IF EXISTS )?${QUALIFIED}`,
  `^(?<kind>ALTER) TABLE (?:IF EXISTS )?(?:ONLY )?${QUALIFIED}`,
  `^(?<kind>COPY) ${QUALIFIED}`,
  `^(?<kind>INSERT) INTO ${QUALIFIED}`,
  `^CREATE(?: UNIQUE)? (?<kind>INDEX) ${NAME} ON (?:ONLY )?${QUALIFIED}`,
].map((pattern) => new RegExp(pattern));

export interface CommandTable {
  kind: 'CREATE' | 'DROP' | 'ALTER' | 'COPY' | 'INSERT' | 'INDEX';
  /** `schema.table`, or only the table if the statement names no schema. */
  table: string;
}

/** @returns undefined if the statement isn't about a table. */
export function tableOfCommand(command: string): CommandTable | undefined {
  for (const pattern of PATTERNS) {
    const { kind, schema, name } = pattern.exec(command)?.groups ?? {};
    if (kind === undefined || name === undefined) continue;
    const table = tableName(schema === undefined ? '' : unquoted(schema), unquoted(name));
    return { kind: kind as CommandTable['kind'], table };
  }
  return undefined;
}

/**
 * A table's name in the form in which restores show it.
 * @param schema empty if unknown
 */
export function tableName(schema: string, table: string): string {
  return schema === '' ? table : `${schema}.${table}`;
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
