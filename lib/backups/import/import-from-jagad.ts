import type { z } from 'zod';
import { JagadError } from '../../errors/errors.ts';
import { inTime } from '../../pipeline/in-time.ts';
import { JagadClient } from '../jagad/client.ts';
import { readJagadLists } from '../jagad/read-lists.ts';
import type { JagadLists } from '../jagad/records.ts';
import type { ImportAnswer, importFromJagadAnswer, importFromJagadBody } from '../schemas.ts';
import type { BackupTables } from '../tables.ts';
import { importJagad } from './import-jagad.ts';

type Request = z.output<typeof importFromJagadBody>;
type Answer = Omit<z.output<typeof importFromJagadAnswer>, 'verification_job'> & { toVerify: string[] };

/** How much of the 20 s that a call may take is for reading. The rest is for writing. */
const READ_MS = 11_000;
const IMPORT_MS = 16_000;

/**
 * Reads all lists of a running Jagad and imports them. The credentials for it aren't stored.
 * @throws JagadError; MalformedRequest for an address or credentials that can't be used; NotFound
 */
export async function importFromJagad(
  records: BackupTables,
  request: Request,
  now: Date,
  readMs = READ_MS,
): Promise<Answer> {
  const { url, username = '', password = '', token, ca_bundle, storage_provider_id, providers } = request;
  const credentials = token === undefined ? { username, password } : { token };
  const client = new JagadClient({ url, caBundle: ca_bundle ?? null }, credentials);
  const lists = await readInTime(client, readMs);
  const { storage_providers, connections, backups, unreadable, warnings } = lists;
  const body = { storage_provider_id, providers, storage_providers, connections, backups, pgbackrest_info: [] };
  // a record that can't be read is also listed by its id
  const listed_ids = [...backups, ...unreadable].flatMap(({ id }) => (id === undefined ? [] : [id]));
  const imported = await importJagad(records, { ...body, listed_ids }, now, now.getTime() + IMPORT_MS);
  return {
    ...imported,
    skipped: [...unreadable.map(skippedOf), ...imported.skipped],
    read: { storage_providers: storage_providers.length, connections: connections.length, backups: backups.length },
    notes: warnings,
  };
}

async function readInTime(client: JagadClient, readMs: number): Promise<JagadLists> {
  const tooLate = () =>
    new JagadError(`reading Jagad's lists takes longer than the ${readMs / 1000} s that a call may take`, {
      hint: 'Import with "jagad-restore import --from URL" on a machine that reaches Jagad: it has no time limit.',
    });
  try {
    return await inTime((signal) => readJagadLists(client, { signal }), readMs, tooLate);
  } finally {
    client.close();
  }
}

function skippedOf({ kind, id, reason }: JagadLists['unreadable'][number]): ImportAnswer['skipped'][number] {
  const what = kind.replace('_', ' ');
  return { id: id ?? `a ${what} without an id`, reason: `this ${what} cannot be read: ${reason}` };
}
