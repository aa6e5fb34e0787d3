import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalService } from '../../lib/local/service.ts';

/**
 * Copies s3rver's files of an object to other names in the same folder: a thousand times faster than storing each.
 */
export function copyObject(
  { bucket }: Pick<LocalService, 'bucket'>,
  stateDirectory: string,
  key: string,
  names: string[],
): void {
  const directory = join(stateDirectory, 's3', bucket.provider.bucket);
  for (const part of ['object', 'object.md5', 'metadata.json']) {
    for (const name of names)
      copyFileSync(join(directory, `${key}._S3rver_${part}`), join(directory, `${name}._S3rver_${part}`));
  }
}
