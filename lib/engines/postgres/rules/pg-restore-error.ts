/** An error that pg_restore reported, and how it is shown to users. Pure. */

export interface PgRestoreError {
  /** As in `TABLE customers app`: kind, name, owner. Undefined without --verbose, and outside of entries. */
  readonly entry: string | undefined;
  /** The number of that entry in the table of contents, if it was reported. */
  readonly dumpId?: number | undefined;
  /** What follows `error: `, its first line. */
  readonly message: string;
  /** The text after `Command was: `, or empty. */
  readonly command: string;
}

const LONGEST_EXCERPT = 160;
const NOT_EXECUTED = /^could not execute query: /;
/** The word for ERROR is in the server's language, FATAL and PANIC in nearly all of them are not. */
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

/** On one line, without quoted text: a subscription's command contains a password. */
function excerpt(command: string): string {
  const line = command
    .replace(/'(?:[^']|'')*(?:'|$)/g, "'…'")
    .replace(/\s+/g, ' ')
    .replace(/[; ]+$/, '');
  return line.length > LONGEST_EXCERPT ? `${line.slice(0, LONGEST_EXCERPT)}…` : line;
}
