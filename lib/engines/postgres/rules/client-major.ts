/** Which major of PostgreSQL's clients restores an archive. */

import { archiveTooNew } from '../../../databases/dump-fit.ts';
import { oldestReader } from '../../../formats/pg-dump/archive/format.ts';

export interface ClientChoice {
  /** Majors that there are, at least one. */
  installed: readonly number[];
  /** Of the target server. */
  server: number;
  /** Of an archive, such as `1.14`; undefined if it can't be told. */
  archiveVersion: string | undefined;
}

/**
 * The newest client that is not newer than the server, since a newer one sends settings that the server may not know
 * (`SET transaction_timeout`); if none of those reads the archive, the newest of all.
 * @throws RestoreError if none reads the archive.
 */
export function clientMajor({ installed, server, archiveVersion }: ClientChoice): number {
  const oldest = archiveVersion === undefined ? 0 : oldestReader(archiveVersion);
  const able = oldest === undefined ? [] : installed.filter((major) => major >= oldest);
  if (archiveVersion !== undefined && able.length === 0) throw archiveTooNew(archiveVersion, installed);
  const fitting = able.filter((major) => major <= server);
  return Math.max(...(fitting.length > 0 ? fitting : able));
}
