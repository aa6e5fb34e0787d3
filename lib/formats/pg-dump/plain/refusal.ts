import { RestoreError } from '../../../errors/errors.ts';

/** What isn't accepted in a statement. PlainDump, which knows the line, turns it into a RestoreError. */
export class Unaccepted extends Error {
  readonly hint: string | undefined;

  constructor(what: string, hint?: string) {
    super(what);
    this.hint = hint;
  }
}

const HINT = 'Restore a dump as pg_dump writes it, of one database. Find out who wrote this one.';

export function notAccepted(line: number, { message, hint }: Unaccepted): RestoreError {
  return new RestoreError(`line ${line} is not accepted: ${message}`, { hint: hint ?? HINT });
}
