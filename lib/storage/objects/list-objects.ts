import { ListObjectsV2Command, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { certificateFault, storeCertificateHint } from '../../errors/certificate-fault.ts';
import { StorageProviderError } from '../../errors/errors.ts';
import { answerOf } from './s3-source.ts';

export interface StoredObject {
  key: string;
  bytes: number;
  /** By the store's clock. */
  storedAt: Date;
}

export interface ListedObject extends StoredObject {
  /** In whole seconds, by the store's clock. */
  storedAt: Date;
}

export interface ObjectPage {
  objects: ListedObject[];
  isLast: boolean;
}

/**
 * One page of a bucket's list, ordered by key, with at most a thousand objects. The next page starts after a key, not
 * at a token of the store's, so that the position stays valid for as long as needed.
 * @throws StorageProviderError if the store refuses, can't be reached, or repeats the same page.
 */
export async function listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
  after: string | null,
): Promise<ObjectPage> {
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: prefix,
    ...(after === null ? {} : { StartAfter: after }),
  });
  const answer = await client.send(command).catch((error: Error & { code?: unknown }) => {
    const fault = certificateFault({ code: error.code });
    if (fault !== undefined) {
      throw new StorageProviderError(`the bucket ${bucket} cannot be listed: ${error.message}`, {
        hint: storeCertificateHint(fault),
        cause: error,
      });
    }
    const why = error instanceof S3ServiceException ? answerOf(error) : error.message || error.name;
    throw new StorageProviderError(`the bucket ${bucket} cannot be listed: ${why}`, {
      hint: 'Run POST /api/storage-providers/{id}/test to find out what is wrong with it.',
      cause: error,
    });
  });
  const objects = (answer.Contents ?? []).map(({ Key = '', Size = 0, LastModified = new Date(0) }) => ({
    ...{ key: Key, bytes: Size, storedAt: LastModified },
  }));
  const isLast = answer.IsTruncated !== true;
  const last = objects.at(-1);
  if (!isLast && (last === undefined || last.key === after)) {
    throw new StorageProviderError(`the store lists the bucket ${bucket} from its beginning each time`, {
      hint: 'Import the backups, or register them one by one: the store ignores StartAfter of ListObjectsV2.',
    });
  }
  return { objects, isLast };
}
