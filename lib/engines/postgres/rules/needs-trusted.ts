import { RestoreError } from '../../../errors/errors.ts';
import type { Server } from '../../connect/connect.ts';

/** The error for a dump with objects that only a superuser may create, if the connection isn't trusted. */
export function needsTrusted({ connection }: { connection: Pick<Server, 'name'> }, what: string): RestoreError {
  return new RestoreError(`the dump needs a trusted connection: ${what}`, {
    hint:
      `Let an administrator mark ${connection.name} as trusted, if you trust everyone who can write to the bucket: only a ` +
      'superuser may create this, and what it does is not checked.',
  });
}

/** Used for an archive about which nothing else is known. */
export const UNREAD_CONTENTS = 'its table of contents is too large to see what it creates';

/** What is known beforehand about plain SQL, which a restore only reads while it loads it. */
export function mayNeedTrusted({ connection }: { connection: Pick<Server, 'name'> }): string {
  return (
    'the dump is plain SQL: if it creates what only a superuser may, such as a function in C, that is only found during the ' +
    `load. Everything is then rolled back, unless an administrator has marked ${connection.name} as trusted`
  );
}
