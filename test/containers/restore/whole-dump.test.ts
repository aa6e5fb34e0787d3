import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { wholeDump } from '../../../containers/restore/whole-dump.ts';
import { collect, randomBytesOf } from '../../support/chunks.ts';

const BYTES = randomBytesOf(3_000_000, 7);
let directory: string;
let made: number;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'jagad-test-'));
  made = 0;
});
afterEach(() => rm(directory, { recursive: true }));

async function* sound(): AsyncGenerator<Buffer> {
  made++;
  for (let at = 0; at < BYTES.length; at += 65_536) yield BYTES.subarray(at, at + 65_536);
}

async function* corrupt(): AsyncGenerator<Buffer> {
  yield* sound();
  throw new Error('Table secret is corrupted');
}

it('passes a dump on from the disk, and leaves nothing there', async () => {
  const told: number[] = [];
  const { chunks, bytes } = await wholeDump(sound, directory, { log: () => {}, progress: (done) => told.push(done) });
  expect(made).toBe(1);
  expect(bytes).toBe(BYTES.length);
  expect(told.at(-1)).toBe(BYTES.length);
  expect(await collect(chunks)).toEqual(BYTES);
  expect(await readdir(directory)).toEqual([]);
});

it('reads a dump to its end if there is no room for it, and then produces it again', async () => {
  const lines: string[] = [];
  const telling = { log: (line: string) => lines.push(line), progress: () => {} };
  const { chunks, bytes, file } = await wholeDump(sound, directory, telling, 1_000_000);
  expect(file).toBeUndefined();
  expect(lines).toEqual([expect.stringMatching(/3000000 bytes.*does not fit into the 1000000 bytes.*produced again/)]);
  expect(bytes).toBe(BYTES.length);
  expect(await collect(chunks)).toEqual(BYTES);
  expect(made).toBe(2);
  expect(await readdir(directory)).toEqual([]);
});

it.each([undefined, 1_000_000])('fails before it passes on any part of a broken dump (room: %s)', async (room) => {
  await expect(wholeDump(corrupt, directory, { log: () => {}, progress: () => {} }, room)).rejects.toThrow(
    'Table secret is corrupted',
  );
  expect(made).toBe(1);
  expect(await readdir(directory)).toEqual([]);
});
