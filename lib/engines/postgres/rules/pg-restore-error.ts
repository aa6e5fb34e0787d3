/** An error that pg_restore reported, and how it is shown to users. Pure. */

export interface PgRestoreError {
  /**
   * The entry's kind, name and owner, as in `TABLE customers app`. Undefined without --verbose, and outside entries.
   */
  readonly entry: string | undefined;
  /** The number of that entry in the table of contents, if it was reported. */
  readonly dumpId?: number | undefined;
  /** The first line of the text after `error: `. */
  readonly message: string;
  /** The text after `Command was: `, or empty. */
  readonly command: string;
}

const LONGEST_EXCERPT = 160;
const NOT_EXECUTED = /^could not execute query: /;
/** The word for ERROR is in the server's language; FATAL and PANIC are the same in nearly all languages. */
const SEVERITY = /^(?!FATAL|PANIC|PANIK)[^\s:]+: {2}/;

/** What the server said about a command; undefined for a lost connection, and for the client's own errors. */
export function refusedByServer({ message }: PgRestoreError): string | undefined {
  if (!NOT_EXECUTED.test(message)) return undefined;
  const said = message.replace(NOT_EXECUTED, '');
  return SEVERITY.test(said) ? said.replace(SEVERITY, '') : undefined;
}

/** `role "app" does not exist (ALTER TABLE sales.customers OWNER TO app)` */
export function readable(error: PgRestoreError): string {
  const { entry, message, command } = error;
  const said = refusedByServer(error) ?? message.replace(NOT_EXECUTED, '');
  const where = [entry, command === '' ? undefined : excerpt(command)].filter((part) => part !== undefined);
  return where.length === 0 ? said : `${said} (${where.join(': ')})`;
}

/** The text in one line, without quoted text, because a subscription's command contains a password. */
function excerpt(command: string): string {
  const line = command
    .replace(/'(?:[^']|'')*(?:'|$)/g, "'…'")
    .replace(/\s+/g, ' ')
    .replace(/[; ]+$/, '');
  return line.length > LONGEST_EXCERPT ? `${line.slice(0, LONGEST_EXCERPT)}…` : line;
}
