import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { synthesiseApart } from '../stack/synthesise-apart.ts';
import type { LocalStack } from '../stack/template.ts';
import { holderOf, inUse, lockDirectory } from '../state/directory-lock.ts';
import { checkState, keyHash, refusal, StateRefused } from '../state/state-check.ts';
import { copiesIn, copySecretsBack, putRecordsBack } from '../state/state-copies.ts';
import { ownFiles } from '../state/state-directory.ts';
import { MARKER, STATE_VERSION, writeMarker } from '../state/state-marker.ts';
import { newCredentials } from './credentials.ts';
import { startDynamoDb } from './dynamodb.ts';
import { SecretsFile } from './secrets-service.ts';

export interface WentBack {
  /** The directory with the previous files. */
  setAside: string;
  /** The number of records that came from the copy; undefined if the database was intact and was kept. */
  records: number | undefined;
}

/**
 * Restores the secrets of a copy. If the database is damaged, also replaces it with a new one that has the copy's
 * records. The previous files are set aside.
 * @throws Error that says what to do; then nothing was changed.
 */
export async function goBack(directory: string, number: number, synthesised?: LocalStack): Promise<WentBack> {
  const copies = copiesIn(directory);
  if (!copies.some((copy) => copy.number === number)) {
    const there = copies.map((copy) => `${copy.number} of ${copy.createdAt}`).join(', ') || 'none';
    throw new StateRefused(
      `there is no copy ${number} in ${directory}: choose one with --go-back (there are ${there})`,
    );
  }
  const holder = holderOf(directory);
  if (holder !== undefined) throw inUse(directory, holder);
  const health = await checkState(directory);
  if (health.kind === 'newer') throw new StateRefused(refusal(directory, health));
  const databaseIsWhole =
    health.kind === 'whole' || (health.kind === 'damaged' && !health.faults.some(({ part }) => part === 'database'));
  const unlock = lockDirectory(directory);
  try {
    const stack = synthesised ?? (await synthesiseApart(join(directory, 'cdk.out')));
    const setAside = join(directory, `set-aside-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`);
    mkdirSync(setAside, { mode: 0o700 });
    const replaced = ['secrets.key', 'secrets.sealed', MARKER, ...(databaseIsWhole ? [] : ['dynamodb'])];
    for (const name of ownFiles(directory).filter((one) => replaced.includes(one))) {
      renameSync(join(directory, name), join(setAside, name));
    }
    copySecretsBack(directory, number);
    mkdirSync(join(directory, 's3'), { recursive: true, mode: 0o700 });
    const credentials = newCredentials();
    const { store, url, close } = await startDynamoDb(join(directory, 'dynamodb'), stack.tables, credentials);
    try {
      const client = new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials });
      const tables = { client, names: stack.taskEnvironment };
      const records = databaseIsWhole ? undefined : await putRecordsBack(directory, number, tables);
      client.destroy();
      writeMarker(directory, {
        version: STATE_VERSION,
        created_at: new Date().toISOString(),
        ready: true,
        key_sha256: keyHash(new SecretsFile(directory).key),
        tables: stack.tables.map(({ TableName }) => TableName),
        starts: await store.starts(),
      });
      return { setAside, records };
    } finally {
      await close();
    }
  } finally {
    unlock();
  }
}
