import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { storageProvider } from '../../lib/connections/providers/model.ts';
import type { ObjectSource } from '../../lib/storage/objects/object-source.ts';
import { s3ClientFor, s3Source } from '../../lib/storage/objects/s3-source.ts';
import type { Sample } from './samples.ts';

/** A connection to a bucket in another region. */
const DELAY_MS = 20;
const BYTES_PER_SECOND = 50_000_000;

export interface FarObject {
  source: ObjectSource;
  close(): void;
}

/** A file as an object in an S3 that answers 20 ms late, with 50 MB/s a connection. */
export async function farObject({ path }: Sample): Promise<FarObject> {
  const program = fileURLToPath(new URL('slow-storage.ts', import.meta.url));
  const child = fork(program, [path, `${DELAY_MS}`, `${BYTES_PER_SECOND}`]);
  const [port] = await once(child, 'message');
  const provider = storageProvider.parse({
    id: crypto.randomUUID(),
    name: 'far away',
    provider_type: 'minio',
    endpoint: `http://127.0.0.1:${port}`,
    bucket: 'backups',
    access_key: 'benchmark',
    path_style: true,
    created_at: '2026-11-22T02:00:00.000Z',
  });
  const client = s3ClientFor(provider, 'benchmark');
  return {
    source: s3Source(client, provider.bucket, 'dump.sql.gz'),
    close: () => {
      client.destroy();
      child.disconnect();
    },
  };
}
