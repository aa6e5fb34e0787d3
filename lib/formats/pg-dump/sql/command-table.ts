/** Which table a statement is about, for statements by pg_dump. Pure. */

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

/** @returns undefined for a statement that is about no table. */
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
 * A table's name as restores show it.
 * @param schema empty if unknown
 */
export function tableName(schema: string, table: string): string {
  return schema === '' ? table : `${schema}.${table}`;
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
