/** Reads the output of `SHOW GRANTS` on MySQL and MariaDB. Pure. */

/** A statement that grants or revokes privileges on the whole server or on databases; others are ignored. */
const STATEMENT = /^(GRANT|REVOKE) (.+?) ON (\*|`(?:[^`]|``)*`|"(?:[^"]|"")*")\.\* (?:TO|FROM) (\S+)/;

/** A statement that grants privileges on a table, view or routine, or on columns of one. */
const OF_OBJECT =
  /^GRANT (.+) ON (PROCEDURE |FUNCTION |PACKAGE |PACKAGE BODY |TABLE )?`((?:[^`]|``)*)`\.`((?:[^`]|``)*)` (?:TO|FROM) /;

/** Whether these lines show everything that a user may do: they don't if it has roles. */
export function tellAll(lines: readonly string[]): boolean {
  const grants = lines.filter((line) => /^(GRANT|REVOKE) /.test(line));
  return (
    grants.length > 0 &&
    grants.every((line) => STATEMENT.test(line) || OF_OBJECT.test(line) || line.startsWith('GRANT PROXY ON '))
  );
}

/** What kind of object has rights of its own. */
export type ObjectKind = 'table' | 'routine';

interface Grant {
  takes: boolean;
  privileges: string[];
  /** The user, or with MariaDB the role that gives the right. */
  to: string;
  /** A name with `%` and `_` as wildcards; undefined for the whole server. */
  pattern: string | undefined;
}

/** What a user may do on one database; or on every database, if none is given. */
export class Grants {
  readonly #global = new Set<string>();
  readonly #onDatabase = new Set<string>();
  readonly #taken = new Set<string>();
  /** By kind and name: rights on single objects of the database; those on some of a table's columns count as on all. */
  readonly #onObjects = new Map<string, Set<string>>();

  /** @param lines as the server writes them for the current user, including the privileges of active roles. */
  constructor(lines: readonly string[], database: string | null) {
    const grants = lines.map(parse).filter((grant) => grant !== undefined);
    for (const { privileges } of grants.filter(({ pattern, takes }) => pattern === undefined && !takes)) {
      for (const privilege of privileges) this.#global.add(privilege);
    }
    if (database === null) return;
    for (const line of lines) this.#readObject(line, database);
    for (const { privileges, takes } of ofDatabase(grants, database)) {
      for (const privilege of privileges) (takes ? this.#taken : this.#onDatabase).add(privilege);
    }
  }

  /** Whether a privilege is granted on the database. @param privilege in capitals, such as `CREATE VIEW`. */
  has(privilege: string): boolean {
    if (has(this.#onDatabase, privilege)) return true;
    return has(this.#global, privilege) && !has(this.#taken, privilege);
  }

  /** Whether it is granted on the database, or on this one object of it. */
  hasOn(privilege: string, kind: ObjectKind, name: string): boolean {
    return this.has(privilege) || has(this.#onObjects.get(objectKey(kind, name)) ?? new Set(), privilege);
  }

  /** Whether a privilege is granted that only exists for the whole server. */
  hasGlobal(privilege: string): boolean {
    return has(this.#global, privilege);
  }

  #readObject(line: string, database: string): void {
    const [, list = '', word, of = '', name = ''] = OF_OBJECT.exec(line) ?? [];
    if (list === '' || of.replaceAll('``', '`') !== database) return;
    const kind = word === undefined || word === 'TABLE ' ? 'table' : 'routine';
    const key = objectKey(kind, name.replaceAll('``', '`'));
    const privileges = this.#onObjects.get(key) ?? new Set();
    for (const privilege of list.replace(/ \([^)]*\)/g, '').split(',')) privileges.add(privilege.trim().toUpperCase());
    this.#onObjects.set(key, privileges);
  }
}

/** Servers compare a routine's name whatever its case. */
function objectKey(kind: ObjectKind, name: string): string {
  return `${kind} ${kind === 'routine' ? name.toLowerCase() : name}`;
}

function has(privileges: ReadonlySet<string>, privilege: string): boolean {
  return privileges.has(privilege) || privileges.has('ALL PRIVILEGES');
}

/**
 * Servers only use the most specific name: for each grantee, an entry for the database itself overrides matching
 * patterns.
 */
function ofDatabase(grants: readonly Grant[], database: string): Grant[] {
  const named = grants.filter(({ pattern }) => pattern !== undefined && literal(pattern) === database);
  const hidden = new Set(named.filter(({ takes }) => !takes).map(({ to }) => to));
  const patterns = grants.filter(({ pattern }) => pattern !== undefined && literal(pattern) === undefined);
  return [...named, ...patterns.filter(({ pattern, to }) => !hidden.has(to) && matches(pattern as string, database))];
}

function parse(line: string): Grant | undefined {
  const [, verb, list, on, to] = STATEMENT.exec(line) ?? [];
  if (list === undefined || on === undefined || to === undefined) return undefined;
  const quote = on[0] as string;
  return {
    takes: verb === 'REVOKE',
    to,
    privileges: list.split(',').map((privilege) => privilege.trim().toUpperCase()),
    pattern: on === '*' ? undefined : on.slice(1, -1).replaceAll(quote + quote, quote),
  };
}

/** The only name that a pattern matches; undefined if the pattern has a wildcard. */
function literal(pattern: string): string | undefined {
  return /(^|[^\\])[%_]/.test(pattern) ? undefined : pattern.replace(/\\([%_\\])/g, '$1');
}

function matches(pattern: string, name: string): boolean {
  const source = pattern.replace(/\\[%_\\]|[%_]|[^%_\\]+|\\/g, (part) => {
    if (part === '%') return '.*';
    if (part === '_') return '.';
    const plain = part.length === 2 && part.startsWith('\\') ? part.slice(1) : part;
    return plain.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'su').test(name);
}
