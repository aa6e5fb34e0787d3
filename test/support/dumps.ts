/** Backups that a test makes itself, from a database of its own. */
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Backup } from '../../lib/backups/model.ts';
import { openDump } from '../../lib/local/demo/backup/dump.ts';
import { writeJagadBackup } from '../../lib/local/demo/backup/jagad-writer.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import type { Harness } from './harness.ts';

/** Dumps a database as Jagad does, and registers the backup. */
export async function backUp(
  harness: Harness,
  database: string,
  from: RunningServer = harness.server,
): Promise<Backup> {
  return addDump(harness, openDump(from, database), database);
}

/** Registers a backup of a dump, encrypted if a key is given. */
export async function addDump(
  harness: Harness,
  dump: Readable | Buffer | string,
  database: string,
  encryptionKey?: string,
): Promise<Backup> {
  const out = new PassThrough();
  const [object] = await Promise.all([
    buffer(out),
    writeJagadBackup({
      dump: dump instanceof Readable ? dump : Readable.from([Buffer.from(dump)]),
      out,
      ...(encryptionKey === undefined ? {} : { encryptionKey }),
    }),
  ]);
  return harness.addBackup(harness.backups[1], object, { database_name: database, size_bytes: null });
}
