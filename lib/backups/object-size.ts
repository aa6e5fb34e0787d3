import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { Secrets } from '../connections/secrets.ts';
import { openProvider, resolveProvider } from './backup-object.ts';
import type { Backup } from './model.ts';
import type { Readers } from './tables.ts';

/** A store that takes longer to answer is not waited for: whoever reads the object next says what is wrong with it. */
const ANSWER_MS = 5_000;

/** How large a backup's object is, in bytes, by its store; undefined if that does not say. */
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
