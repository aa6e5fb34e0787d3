import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DownloadError } from '../../../lib/errors/errors.ts';
import { openDownload } from '../../../lib/pipeline/download/download.ts';
import { fileSource } from '../../../lib/pipeline/download/file-source.ts';
import { collect, randomBytesOf } from '../../support/chunks.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'jagad-file-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const BYTES = randomBytesOf(10_000, 3);
const limits = { partBytes: 999, retryDelayMs: 1 };

function file(name: string): string {
  const path = join(directory, name);
  writeFileSync(path, BYTES);
  return path;
}

it('returns every byte of a file', async () => {
  const { bytes, chunks } = await openDownload(fileSource(file('whole')), { limits });
  expect(bytes).toBe(BYTES.length);
  expect(await collect(chunks)).toEqual(BYTES);
});

it.each([
  ['written to', (path: string) => writeFileSync(path, BYTES)],
  [
    'replaced',
    (path: string) => {
      writeFileSync(`${path}.new`, BYTES);
      renameSync(`${path}.new`, path);
    },
  ],
])('notices that the file was %s meanwhile', async (what, change) => {
  const path = file(what);
  const { chunks } = await openDownload(fileSource(path), { limits: { ...limits, window: 1 } });
  await chunks.next();
  await sleep(20); // the clock of file systems is coarse
  change(path);
  await expect(collect(chunks)).rejects.toThrow('was replaced');
});

it('stops on the signal', async () => {
  const stopped = AbortSignal.abort(new Error('stopped'));
  await expect(fileSource(file('stopped')).read(0, 1, undefined, stopped)).rejects.toThrow('stopped');
});

it('reports an unreadable file at once', async () => {
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const looks = [join(directory, 'none'), directory].map((path) => openDownload(fileSource(path), { limits }));
  for (const look of looks) await expect(look).rejects.toBeInstanceOf(DownloadError);
  // opened for reading alone, a pipe would wait for a writer
  await expect(openDownload(fileSource(pipe), { limits })).rejects.toThrow('not a regular file');
});
