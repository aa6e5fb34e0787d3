import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PrivateFiles } from '../../../lib/engines/programs/private-files.ts';

let parent: string;
let umask: number;
beforeAll(async () => {
  umask = process.umask(0); // nothing but the code itself keeps others out
  parent = await mkdtemp(join(tmpdir(), 'jagad-test-'));
});
afterAll(async () => {
  process.umask(umask);
  await rm(parent, { recursive: true });
});

it('the files are readable only by their owner, and are deleted with the directory', async () => {
  const files = await PrivateFiles.in(parent);
  const path = await files.write('pgpass', 'hunter2');
  expect(await readFile(path, 'utf8')).toBe('hunter2');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  expect(files.home).toBe(dirname(path));
  await expect(files.write('pgpass', 'again')).rejects.toThrow(/EEXIST/);
  await files.remove();
  expect(existsSync(files.home)).toBe(false);
  await files.remove();
});

it('each restore has its own directory', async () => {
  const [one, two] = [await PrivateFiles.in(parent), await PrivateFiles.in(parent)];
  expect(one.home).not.toBe(two.home);
  await Promise.all([one.remove(), two.remove()]);
});
