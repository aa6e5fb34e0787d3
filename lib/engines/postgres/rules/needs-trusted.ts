import { RestoreError } from '../../../errors/errors.ts';
import type { Server } from '../../connect/connect.ts';

/** The error for a dump that needs objects which only a superuser may create, if the connection isn't trusted. */
export function needsTrusted({ connection }: { connection: Pick<Server, 'name'> }, what: string): RestoreError {
  return new RestoreError(`the dump needs a trusted connection: ${what}`, {
    hint:
      `Only a superuser may make this, and what it does is not checked. If you trust whoever can write into the bucket, let an ` +
      `administrator mark ${connection.name} as trusted.`,
  });
}

/** For an archive about which nothing else is known. */
export const UNREAD_CONTENTS = 'its table of contents is too large to tell what it makes';

/** What is known beforehand about plain SQL, which a restore reads while it loads it. */
export function mayNeedTrusted({ connection }: { connection: Pick<Server, 'name'> }): string {
  return (
    'the dump is plain SQL: whether it makes what only a superuser may, such as a function in C, shows while it is loaded. ' +
    `Then all of it is taken back, unless an administrator has marked ${connection.name} as trusted`
  );
}
