import { RestoreError } from '../errors.ts';
import type { Connection } from '../records.ts';

/** What a dump needs that only a superuser may make, and that isn't made by one unless the connection is trusted. */
export function needsTrusted({ connection }: { connection: Pick<Connection, 'name'> }, what: string): RestoreError {
  return new RestoreError(`the dump needs a trusted connection: ${what}`, {
    hint:
      `Only a superuser may make this, and what it does is not checked. If you trust whoever can write into the bucket, let an ` +
      `administrator mark ${connection.name} as trusted.`,
  });
}
