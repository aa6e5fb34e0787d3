/** Small files of a pgBackRest repository's WAL archive, which are encrypted if the repository is. */

import { DecryptError, ServiceError } from '../../errors/errors.ts';
import { parseHistory } from '../../formats/pgbackrest/timeline-history.ts';
import { historyName } from '../../formats/pgbackrest/wal-segments.ts';
import { decryptSalted, isSalted } from '../../pipeline/decryption/openssl-cipher.ts';
import { readSmallObject } from '../../storage/objects/small-object.ts';
import type { Bucket, HistoryReader } from './archived-logs.ts';

/**
 * These files are small: a history file has one line for each promotion of the server, and archive.info has few lines.
 */
const MAX_BYTES = 1024 * 1024;
/** In archive.info: the passphrase of the archive's files. The value is JSON. */
const ARCHIVE_PASS = /^\[cipher\]$\s+cipher-pass=(".*")$/m;

/**
 * @param archive the folder of the stanza's archive.
 * @param readPassphrase reads the repository's passphrase: it opens archive.info, which contains the archive's own
 * passphrase. Undefined if the repository isn't encrypted.
 */
export function historyReader(
  bucket: Bucket,
  archive: string,
  readPassphrase: () => Promise<string | undefined>,
): HistoryReader {
  let archivePass: Promise<string> | undefined;
  const read = (key: string) => readSmallObject(bucket.client, bucket.name, key, MAX_BYTES);
  const readArchivePass = async () => {
    const passphrase = await readPassphrase();
    if (passphrase === undefined) {
      throw new DecryptError('it is encrypted, and the connection has no cipher_pass', {
        hint: 'Set the cipher_pass of the connection.',
      });
    }
    const info = decryptSalted(await read(`${archive}/archive.info`), passphrase).toString();
    const [, written] = ARCHIVE_PASS.exec(info) ?? [];
    if (written === undefined) throw new DecryptError('archive.info contains no passphrase for the archive');
    return JSON.parse(written) as string;
  };
  return async (key, timeline, archivedAt) => {
    const name = historyName(timeline);
    try {
      let file = await read(key);
      if (isSalted(file)) {
        archivePass ??= readArchivePass();
        file = decryptSalted(file, await archivePass);
      }
      const switches = parseHistory(timeline, file.toString());
      if (switches !== undefined) return { switches, archivedAt };
      return { problem: `${name} is damaged, so where timeline ${timeline} begins is unknown` };
    } catch (error) {
      const { message, name: kind } = error as Error;
      return { problem: `${name} cannot be read: ${error instanceof ServiceError ? message : kind}` };
    }
  };
}
