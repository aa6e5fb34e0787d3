/** How names appear in the messages and statements of a preflight. */

const MOST_NAMED = 5;
/** Statements are meant to be run, so more of them are listed than names. */
const MOST_STATEMENTS = 50;

/** The first few names, and the number of the others. */
export function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? [`${names.length - MOST_NAMED} more`] : [];
  return [...names.slice(0, MOST_NAMED), ...more].join(', ');
}

/** Statements one after another; undefined if there are none. */
export function joined(statements: readonly string[]): string | undefined {
  return statements.length === 0 ? undefined : statements.slice(0, MOST_STATEMENTS).join(' ');
}

/** A name in SQL, quoted only if necessary. */
export function ident(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function qualified(schema: string | null, name: string): string {
  return schema === null ? ident(name) : `${ident(schema)}.${ident(name)}`;
}

const MIB = 1024 * 1024;

/** `12 MiB`, rounded up. */
export function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / MIB)} MiB`;
}
