import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logSettings, ServiceLog } from '../../lib/local/service-log.ts';
import { type SmallDisk, smallDisk } from '../support/trouble/small-disk.ts';

const MIB = 1024 * 1024;
let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  path = join(directory, 'service.log');
});
afterEach(() => rmSync(directory, { recursive: true }));

const linesOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');

describe('the log', () => {
  it('appends to the lines of an earlier start, readable only by its owner', async () => {
    for (const start of [1, 2]) {
      const log = new ServiceLog(path, { maxBytes: MIB, files: 2 });
      for (let n = 0; n < 100; n++) log.write(n % 2 === 0 ? `${start}.${n}\n` : Buffer.from(`${start}.${n}\n`));
      await log.end();
    }
    expect(linesOf(path)).toEqual([1, 2].flatMap((start) => Array.from({ length: 100 }, (_, n) => `${start}.${n}`)));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each([1, 2, 4])(
    'starts another file when one is full, keeps %i, and loses no line between them',
    async (files) => {
      const log = new ServiceLog(path, { maxBytes: 1000, files });
      for (let n = 0; n < 300; n++) {
        log.write(`line ${n} ${'x'.repeat(50)}\n`);
        if (n % 10 === 0) await sleep(1);
      }
      await log.end();
      const names = readdirSync(directory).toSorted();
      expect(names).toEqual(['service.log', 'service.log.1', 'service.log.2', 'service.log.3'].slice(0, files));
      const numbers = names
        .toReversed()
        .flatMap((name) => linesOf(join(directory, name)).map((line) => line.split(' ')[1]));
      expect(numbers.at(-1)).toBe('299');
      expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, n) => String(300 - numbers.length + n)));
      for (const name of names) expect(statSync(join(directory, name)).size).toBeLessThan(3000);
    },
  );

  it('splits many simultaneous lines into several files', async () => {
    const log = new ServiceLog(path, { maxBytes: 1000, files: 100 });
    for (let n = 0; n < 100; n++) log.write(`line ${n} ${'x'.repeat(90)}\n`);
    await log.end();
    const sizes = readdirSync(directory).map((name) => statSync(join(directory, name)).size);
    expect(sizes.length).toBeGreaterThan(4);
    expect(Math.max(...sizes)).toBeLessThan(2200);
  });

  it('continues in the same file at the next start, if it has space', async () => {
    for (let start = 0; start < 5; start++) {
      const log = new ServiceLog(path, { maxBytes: 100, files: 3 });
      log.write(`${'y'.repeat(39)}\n`);
      await log.end();
    }
    expect(readdirSync(directory).map((name) => statSync(join(directory, name)).size)).toEqual([80, 120]);
  });

  it('accepts lines that the disk refuses, and counts them', async () => {
    const log = new ServiceLog(join(directory, 'nowhere', 'service.log'), { maxBytes: MIB, files: 2 });
    log.write('one\ntwo\n');
    log.write('three\n');
    await log.end();
    expect(log.dropped).toBe(3);
    expect(existsSync(join(directory, 'nowhere'))).toBe(false);
  });

  it('has limits for its settings', () => {
    expect(logSettings({})).toEqual({ maxBytes: 20 * MIB, files: 5 });
    expect(logSettings({ LOG_MAX_MIB: '1', LOG_FILES: '1' })).toEqual({ maxBytes: MIB, files: 1 });
    for (const [name, text] of [
      ['LOG_MAX_MIB', '0'],
      ['LOG_MAX_MIB', 'much'],
      ['LOG_FILES', '1.5'],
      ['LOG_FILES', '101'],
    ] as const) {
      expect(() => logSettings({ [name]: text })).toThrow(`${name} must be a number from 1 to`);
    }
  });
});

const found = smallDisk(4);
if (typeof found !== 'string') found.remove();
const why = typeof found === 'string' ? ` (${found})` : '';

it.skipIf(why !== '')(`a full disk costs lines, which are counted, and nothing else${why}`, async () => {
  const disk = smallDisk(4) as SmallDisk;
  try {
    const file = join(disk.directory, 'service.log');
    const log = new ServiceLog(file, { maxBytes: MIB, files: 2 });
    log.write('before\n');
    await until(() => existsSync(file) && statSync(file).size > 0);
    disk.fill();
    for (let n = 0; n < 30; n++) log.write(`lost ${n} ${'z'.repeat(5000)}\n`);
    await until(() => log.dropped > 0);
    await sleep(50);
    disk.makeRoom();
    log.write('after\n');
    await log.end();
    const lines = linesOf(file);
    const count = lines.map((line) => /"dropped_lines":(\d+)/.exec(line)?.[1]).find((number) => number !== undefined);
    const whole = lines.filter((line) => /^lost \d+ z{5000}$/.test(line)).length;
    // a line that was cut at the end of the disk is one of the dropped ones, and does not run into the next
    expect(Number(count)).toBeGreaterThanOrEqual(30 - whole);
    expect(Number(count)).toBeLessThanOrEqual(30);
    expect([lines[0], lines.at(-1)]).toEqual(['before', 'after']);
    expect(log.dropped).toBe(0);
  } finally {
    disk.remove();
  }
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}
