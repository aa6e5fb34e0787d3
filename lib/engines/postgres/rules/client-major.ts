/** Chooses the major version of PostgreSQL's clients that restores an archive. */

import { archiveTooNew } from '../../../databases/dump-fit.ts';
import { oldestReader } from '../../../formats/pg-dump/archive/format.ts';

export interface ClientChoice {
  /** The installed major versions, at least one. */
  installed: readonly number[];
  /** The target server's major version. */
  server: number;
  /** The archive's version, such as `1.14`; undefined if it can't be determined. */
  archiveVersion: string | undefined;
}

/**
 * The newest client that isn't newer than the server, because a newer one sends settings that the server may not know
 * (`SET transaction_timeout`). If none of those can read the archive, the newest of all.
 * @throws RestoreError if none can read the archive.
 */
export function clientMajor({ installed, server, archiveVersion }: ClientChoice): number {
  const oldest = archiveVersion === undefined ? 0 : oldestReader(archiveVersion);
  const able = oldest === undefined ? [] : installed.filter((major) => major >= oldest);
  if (archiveVersion !== undefined && able.length === 0) throw archiveTooNew(archiveVersion, installed);
  const fitting = able.filter((major) => major <= server);
  return Math.max(...(fitting.length > 0 ? fitting : able));
}
