import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Secrets } from '../connections/secrets.ts';
import { openProvider, resolveProvider } from './backup-object.ts';
import type { Backup } from './model.ts';
import type { Readers } from './tables.ts';

/** Don't wait for a store that takes longer: the next code that reads the object reports what is wrong with it. */
const ANSWER_MS = 5_000;

/** The size of a backup's object in bytes, according to its store; undefined if the store doesn't say. */
export async function objectSize(
  records: Pick<Readers, 'storageProviders'>,
  secrets: Secrets,
  backup: Backup,
): Promise<number | undefined> {
  try {
    const provider = await resolveProvider(records, backup);
    const client = await openProvider(secrets, provider, { maxAttempts: 2 });
    const command = new HeadObjectCommand({ Bucket: provider.bucket, Key: backup.storage_path });
    const { ContentLength } = await client.send(command, { abortSignal: AbortSignal.timeout(ANSWER_MS) });
    return ContentLength;
  } catch {
    return undefined; // the verification, which reads the object, says why
  }
}
