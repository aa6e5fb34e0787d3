import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { spoolArchive } from '../../../lib/engines/postgres/load/archive.ts';
import { positionsIn } from '../../../lib/engines/programs/file-positions.ts';
import { spool, spoolRoom } from '../../../lib/engines/programs/spool.ts';
import { buildArchive, SMALL } from '../../formats/pg-dump/archive/archive-builder.ts';
import { collect, piecesOf, randomBytesOf } from '../../support/chunks.ts';
import { until } from '../../support/until.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'jagad-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

const BYTES = randomBytesOf(10_000, 5);

async function* broken(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
  throw new Error('not the one that was verified');
}

it('a stream that fits is in the file, readable only by its owner', async () => {
  const path = join(directory, 'fits');
  const umask = process.umask(0);
  try {
    expect(await spool(piecesOf(BYTES, 999), path, BYTES.length)).toBeUndefined();
  } finally {
    process.umask(umask);
  }
  expect(await readFile(path)).toEqual(BYTES);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it.each([0, 1, 998, 5000, 9999])('a stream that does not fit %i bytes is read again completely', async (room) => {
  const path = join(directory, `room-${room}`);
  const stream = await spool(piecesOf(BYTES, 999), path, room);
  expect((await stat(path)).size).toBeLessThanOrEqual(room);
  expect(await collect(stream ?? piecesOf(Buffer.alloc(0), 1))).toEqual(BYTES);
});

it('a stream that fails makes the spool fail', async () => {
  await expect(spool(broken(BYTES), join(directory, 'fails'), 1e6)).rejects.toThrow('not the one that was verified');
});

it('the room is the free space minus a margin', async () => {
  const { bavail, bsize } = await statfs(directory);
  const room = await spoolRoom(directory);
  expect(room).toBeGreaterThan(0);
  expect(room).toBeLessThan(bavail * bsize);
});

it('an archive gets the positions of its data, and is otherwise unchanged', async () => {
  const archive = buildArchive({ minor: 14, entries: SMALL });
  const path = join(directory, 'archive');
  expect(await spoolArchive(piecesOf(archive, 50), path, 1e6)).toMatchObject({ parallel: true });
  const written = await readFile(path);
  const different = [...written.keys()].filter((at) => written[at] !== archive[at]);
  expect(written.length).toBe(archive.length);
  expect(different.length).toBeGreaterThan(0);
  // a state and a place of eight bytes for each of three
  expect(different.length).toBeLessThanOrEqual(3 * 9);
});

it('an archive that ends half-way is an error before anything reads it', async () => {
  const archive = buildArchive({ minor: 14, entries: SMALL });
  const cut = spoolArchive(piecesOf(archive.subarray(0, -1), 50), join(directory, 'cut'), 1e6);
  await expect(cut).rejects.toThrow(/ends half-way/);
});

it('the read positions of a process and its children in a file are found', async () => {
  const path = join(directory, 'read');
  await spool(piecesOf(BYTES, 999), path, 1e6);
  const script = 'exec 3<"$1"; head -c 10 <&3 >/dev/null; (exec 4<"$1"; sleep 60) & wait';
  const child = spawn('sh', ['-c', script, 'sh', path]);
  try {
    // 3 in both, 4 only in the child; earlier, others may appear
    await until(async () => {
      const positions = (await positionsIn(path, child.pid as number)) ?? [];
      const atStart = positions.filter((position) => position === 0);
      return positions.length === 3 && atStart.length === 1 && positions.every((one) => one === 0 || one >= 10);
    });
  } finally {
    const [sleeping] = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).split(' ');
    process.kill(Number(sleeping));
    child.kill();
    await once(child, 'exit');
  }
  expect(await positionsIn(path, child.pid as number)).toBeUndefined();
});
