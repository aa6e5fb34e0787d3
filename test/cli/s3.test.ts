import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { ListeningServer } from '../../lib/local/aws/json-service.ts';
import { startS3 } from '../../lib/local/aws/s3.ts';
import { s3ClientFor } from '../../lib/storage/objects/s3-source.ts';
import { LOCAL_CREDENTIALS } from '../support/local-credentials.ts';
import { FIXTURES, typed } from './typed.ts';

/** Characters with a meaning in a URL, in a shell, or when they are escaped twice. */
const KEY = 'backups/Production PG/shop/a+b?c=d#e%20f&g-20261122-020000.sql.gz';

let directory: string;
let s3: ListeningServer;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'jagad-cli-s3-'));
  s3 = await startS3(directory, ['backups'], { credentials: LOCAL_CREDENTIALS });
  setCredentials();
  const place = { endpoint: s3.url, access_key: null, path_style: true, region: 'us-east-1' };
  const client = s3ClientFor(place, undefined);
  await client.send(new PutObjectCommand({ Bucket: 'backups', Key: KEY, Body: readFileSync(FIXTURES.postgresPlain) }));
  client.destroy();
});
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  await s3.close();
  rmSync(directory, { recursive: true });
});

/** The SDK reads the environment itself. */
function setCredentials(): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', LOCAL_CREDENTIALS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', LOCAL_CREDENTIALS.secretAccessKey);
}

/** No settings of the account that runs the test, and no service that hands out a role. */
function bareEnvironment(): void {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_REGION'])
    vi.stubEnv(name, undefined);
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, '/dev/null');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
}

it('reads an object in a bucket', async () => {
  setCredentials();
  const { code, stdout, stderr } = await typed(['verify', `s3://backups/${KEY}`, '--endpoint', s3.url, '--path-style']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`DOWNLOAD: ${KEY} (356072 bytes)`);
});

it('reads the endpoint from where the AWS tools read it', async () => {
  setCredentials();
  const env = { AWS_ENDPOINT_URL_S3: s3.url };
  const { code, bytes } = await typed(['decrypt', `s3://backups/${KEY}`, '--path-style'], env);
  expect(code).toBe(0);
  expect(bytes.equals(readFileSync(FIXTURES.postgresPlain))).toBe(true);
});

it('says which object is missing', async () => {
  setCredentials();
  const there = ['--endpoint', s3.url, '--path-style'];
  const missing = await typed(['inspect', 's3://backups/nothing', ...there]);
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing is not in the bucket backups') });
  const bucket = await typed(['inspect', 's3://nowhere/nothing', ...there]);
  expect(bucket).toMatchObject({ code: 1, stderr: expect.stringContaining('the bucket nowhere does not exist') });
});

it('says at once that credentials or a region are missing', async () => {
  bareEnvironment();
  const none = await typed(['inspect', 's3://backups/x']);
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('Set AWS_ACCESS_KEY_ID') });
  setCredentials();
  const nowhere = await typed(['inspect', 's3://backups/x']);
  expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('Set --region, or AWS_REGION') });
});
