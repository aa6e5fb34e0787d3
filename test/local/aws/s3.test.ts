import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newKeyPair } from '../../../lib/local/aws/credentials.ts';
import type { ListeningServer } from '../../../lib/local/aws/json-service.ts';
import { startS3 } from '../../../lib/local/aws/s3.ts';
import { s3ClientFor } from '../../../lib/storage/objects/s3-source.ts';
import { call, presign, sha256, sign } from '../../support/signed-request.ts';

const credentials = newKeyPair();
const KEY = 'backups/Production PG/a+b?c=d#é.gz';
const PATH = `/backups/${KEY.split('/').map(encodeURIComponent).join('/')}`;

let directory: string;
let s3: ListeningServer;
let client: S3Client;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  s3 = await startS3(directory, ['backups'], { credentials });
  client = clientOf(credentials);
  await put('what is stored');
});
afterAll(async () => {
  client.destroy();
  await s3.close();
  rmSync(directory, { recursive: true });
});

function clientOf({ accessKeyId, secretAccessKey }: typeof credentials): S3Client {
  const place = { endpoint: s3.url, access_key: accessKeyId, path_style: true, region: 'eu-west-1' };
  return s3ClientFor(place, secretAccessKey);
}

const put = (Body: string | Buffer | Readable, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket: 'backups', Key: KEY, Body, ...more }));
async function stored(): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'backups', Key: KEY }));
  return String(await Body?.transformToString());
}

describe('the S3 server of one machine', () => {
  it('serves requests signed with its key, for any region: objects, lists, streams and parts', async () => {
    expect(await stored()).toBe('what is stored');
    const { Contents } = await client.send(
      new ListObjectsV2Command({ Bucket: 'backups', Prefix: 'backups/Production ' }),
    );
    expect(Contents?.map(({ Key }) => Key)).toEqual([KEY]);
    await put(Readable.from(['in ', 'pieces']), { ContentLength: 9 });
    expect(await stored()).toBe('in pieces');
    const long = Buffer.alloc(6 * 1024 * 1024, 'long ');
    await put(long);
    expect(sha256(await stored())).toBe(sha256(long));
    const place = { Bucket: 'backups', Key: KEY };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(place));
    const parts = [];
    for (const [at, Body] of [long, 'the end'].entries()) {
      const part = { PartNumber: at + 1, UploadId };
      const { ETag } = await client.send(new UploadPartCommand({ ...place, ...part, Body }));
      parts.push({ PartNumber: at + 1, ETag });
    }
    await client.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: { Parts: parts } }));
    expect(await stored()).toBe(`${long}the end`);
    await put('what is stored');
  });

  it('serves a presigned link until it expires, under the name that it gives', async () => {
    const command = new GetObjectCommand({
      Bucket: 'backups',
      Key: KEY,
      ResponseContentDisposition: `attachment; filename="it's.gz"; filename*=UTF-8''it's%20(1).gz`,
    });
    const link = await getSignedUrl(client, command, { expiresIn: 60 });
    const answer = await fetch(link);
    expect([answer.status, await answer.text()]).toEqual([200, 'what is stored']);
    expect(answer.headers.get('content-disposition')).toContain('filename="it\'s.gz"');
    expect((await fetch(link.replace('a%2Bb', 'a%2Bc'))).status).toBe(403);
    expect((await fetch(link, { method: 'DELETE' })).status).toBe(403);
    const at = new Date(Date.now() - 61_000);
    expect((await fetch(await presign(`${s3.url}${PATH}`, 60, { credentials, at }))).status).toBe(403);
    expect((await fetch(await presign(`${s3.url}${PATH}`, 62, { credentials, at }))).status).toBe(200);
    expect(await stored()).toBe('what is stored');
  });

  it('refuses all others, and changes nothing for them', async () => {
    const url = `${s3.url}${PATH}`;
    const form = `--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nnew\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\ntheirs\r\n--x--\r\n`;
    const form_ = { 'content-type': 'multipart/form-data; boundary=x' };
    for (const [method, path, body, headers = {}] of [
      ['GET', '/'],
      ['GET', '/backups'],
      ['GET', PATH],
      ['HEAD', PATH],
      ['PUT', PATH, 'theirs'],
      ['PUT', '/theirs'],
      ['POST', '/backups', form, form_],
      ['POST', '/backups?delete', '<Delete/>'],
      ['DELETE', PATH],
      ['OPTIONS', PATH, undefined, { origin: 'http://evil.example', 'access-control-request-method': 'GET' }],
    ] as const) {
      const answer = await call({ method, url: `${s3.url}${path}`, headers: headers as Record<string, string>, body });
      expect([method, path, answer.status]).toEqual([method, path, 403]);
      if (method !== 'HEAD') expect(answer.body).toMatch(/<Error><Code>AccessDenied<\/Code>/);
    }
    for (const [wrong, code] of [
      [{ accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }, 'InvalidAccessKeyId'],
      [{ ...credentials, secretAccessKey: 'S3RVER' }, 'SignatureDoesNotMatch'],
      [newKeyPair(), 'InvalidAccessKeyId'],
    ] as const) {
      const other = clientOf(wrong);
      await expect(other.send(new GetObjectCommand({ Bucket: 'backups', Key: KEY }))).rejects.toMatchObject({
        name: code,
      });
      other.destroy();
      const at = { ...(await sign({ method: 'GET', url, headers: {} }, { credentials: wrong })) };
      expect(await call(at)).toMatchObject({ status: 403, body: expect.stringContaining(code) });
    }
    expect(await call({ method: 'GET', url, headers: { host: 'evil.example' } })).toMatchObject({ status: 421 });
    expect(await stored()).toBe('what is stored');
    expect((await client.send(new ListObjectsV2Command({ Bucket: 'backups' }))).KeyCount).toBe(1);
  });

  it('never replaces an object with a body that differs from the signed one', async () => {
    for (const body of ['theirs', Buffer.alloc(3 * 1024 * 1024)]) {
      const request = await sign(
        { method: 'PUT', url: `${s3.url}${PATH}`, headers: {}, body: Buffer.alloc(body.length, 'x') },
        { credentials },
      );
      expect(await call({ ...request, body })).toMatchObject({ status: 400 });
      expect(await stored()).toBe('what is stored');
    }
  });

  it('has its key in no argument of a process, and its files readable only by its own account', () => {
    const lines = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => read(`/proc/${pid}/cmdline`));
    expect(lines.some((line) => line.includes('s3-server.ts') && line.includes(directory))).toBe(true);
    for (const secret of Object.values(credentials)) expect(lines.join('\n')).not.toContain(secret);
    const open = readdirSync(directory, { recursive: true }).filter(
      (name) => (statSync(join(directory, String(name))).mode & 0o077) !== 0,
    );
    expect(open).toEqual([]);
  });
});

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
