import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../lib/engines/programs/run-command.ts';
import { RestoreError } from '../../../lib/errors/errors.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'jagad-test-'));
});
afterAll(() => rm(directory, { recursive: true }));

const PATH = process.env.PATH ?? '';
const tool = (command: string, ...args: string[]) => ({ command, args, env: { PATH } });
const script = (text: string, ...args: string[]) => tool('sh', '-c', text, 'sh', ...args);
const never = new AbortController().signal;

/** Reads its input in the shell itself, so that no other process is left behind; then marks that it saw the end. */
const MARKS_END = 'while read -r line; do :; done; echo end > "$1"';

/** Chunks, counted as they are asked for; `closed` once the reader wants no more. */
class Input {
  given = 0;
  closed = false;
  async *of(chunk: Buffer, count: number, pauseMs = 0, failure?: Error): AsyncGenerator<Buffer> {
    try {
      for (; this.given < count; this.given++) {
        if (pauseMs > 0) await sleep(pauseMs);
        yield chunk;
      }
      if (failure) throw failure;
    } finally {
      this.closed = true;
    }
  }
}

interface Heard {
  out: string;
  err: string;
}
function listener(): Heard & { onStdout(text: string): void; onStderr(text: string): void } {
  const heard = {
    out: '',
    err: '',
    onStdout: (text: string) => {
      heard.out += text;
    },
    onStderr: (text: string) => {
      heard.err += text;
    },
  };
  return heard;
}
const LINE = Buffer.from('a line of a dump\n');
const LARGE = Buffer.alloc(256 * 1024, 0x61);

describe('a tool that does its work', () => {
  it('gets every byte, even if it reads slowly', async () => {
    const heard = listener();
    const end = await runCommand(script('sleep 0.2; wc -c'), new Input().of(LARGE, 40), heard, never);
    expect(end).toEqual({ exitCode: 0, signal: null, stderr: '' });
    expect(heard.out.trim()).toBe(String(40 * LARGE.length));
  });

  it('is not given more than it can take', async () => {
    const input = new Input();
    const running = runCommand(script('sleep 0.5; cat > /dev/null'), input.of(LARGE, 100), listener(), never);
    await sleep(300);
    expect(input.given).toBeLessThan(5);
    await running;
    expect(input.given).toBe(100);
  });

  it('has only the environment that it was given', async () => {
    const heard = listener();
    await runCommand({ command: 'env', args: [], env: { PATH, LC_ALL: 'C' } }, new Input().of(LINE, 0), heard, never);
    expect(heard.out.trim().split('\n').toSorted()).toEqual(['LC_ALL=C', `PATH=${PATH}`]);
  });

  it("has its own process group, so that keys typed at the terminal don't reach it", async () => {
    const heard = listener();
    await runCommand(script('echo $$; cut -d" " -f5 /proc/$$/stat'), new Input().of(LINE, 0), heard, never);
    const [pid, group] = heard.out.trim().split('\n');
    expect(group).toBe(pid);
  });

  it('gets its output decoded even if a character is split between two reads', async () => {
    const heard = listener();
    await runCommand(script("printf 'n\\303'; sleep 0.2; printf '\\251'"), new Input().of(LINE, 0), heard, never);
    expect(heard.out).toBe('né');
  });
});

describe('a tool that ends before its input does', () => {
  it('ends with 0: the rest is still read, because it is checked', async () => {
    const input = new Input();
    const end = await runCommand(script('head -c 10 > /dev/null'), input.of(LARGE, 60, 5), listener(), never);
    expect(end.exitCode).toBe(0);
    expect(input.given).toBe(60);
  });

  it('ends with 0: an error in the rest still counts', async () => {
    const input = new Input().of(LINE, 60, 5, new Error('frame 60 does not authenticate'));
    await expect(runCommand(tool('true'), input, listener(), never)).rejects.toThrow('frame 60');
  });

  it('ends with another code: reading stops', async () => {
    const input = new Input();
    const end = await runCommand(script('echo broken >&2; exit 3'), input.of(LINE, 1000, 5), listener(), never);
    expect(end).toEqual({ exitCode: 3, signal: null, stderr: 'broken\n' });
    expect(input.given).toBeLessThan(500);
    expect(input.closed).toBe(true);
  });

  it('ends by a signal: there is no exit code', async () => {
    const input = new Input();
    const end = await runCommand(script('kill -9 $$'), input.of(LINE, 1000, 5), listener(), never);
    expect(end.exitCode).toBeNull();
    expect(input.closed).toBe(true);
  });
});

describe('a stream that fails', () => {
  it('ends the tool before it can take the end of its input for the end of the dump', async () => {
    const marker = join(directory, 'failed');
    const input = new Input().of(LINE, 50, 1, new Error('the storage hung up'));
    await expect(runCommand(script(MARKS_END, marker), input, listener(), never)).rejects.toThrow(
      'the storage hung up',
    );
    await sleep(200);
    expect(existsSync(marker)).toBe(false);
  });

  it('ends even a tool that ignores SIGTERM', async () => {
    const marker = join(directory, 'stubborn');
    const input = new Input().of(LINE, 5, 30, new Error('the storage hung up'));
    const stubborn = script(`trap "" TERM; ${MARKS_END}`, marker);
    const before = Date.now();
    await expect(runCommand(stubborn, input, listener(), never)).rejects.toThrow('the storage hung up');
    expect(Date.now() - before).toBeGreaterThan(4000);
    expect(Date.now() - before).toBeLessThan(60_000);
    expect(existsSync(marker)).toBe(false);
  });

  it('lets the tool see the end of its input if the stream does not fail', async () => {
    const marker = join(directory, 'whole');
    await runCommand(script(MARKS_END, marker), new Input().of(LINE, 50), listener(), never);
    expect(await readFile(marker, 'utf8')).toBe('end\n');
  });
});

describe('stopping', () => {
  it.each([
    ['while it waits for its end', 'exec sleep 60', 1, 0],
    ['while it takes nothing', 'exec sleep 60', 100, 0],
    ['while the input comes', MARKS_END, 100_000, 2],
  ])('%s ends the tool within seconds', async (_, text, count, pauseMs) => {
    const stop = new AbortController();
    const marker = join(directory, `stopped-${count}`);
    const input = new Input();
    const running = runCommand(script(text, marker), input.of(LARGE, count, pauseMs), listener(), stop.signal);
    setTimeout(() => stop.abort(new Error('stopped by hand')), 150);
    const before = Date.now();
    await expect(running).rejects.toThrow('stopped by hand');
    expect(Date.now() - before).toBeLessThan(40_000);
    expect(input.closed).toBe(true);
    expect(existsSync(marker)).toBe(false);
  });

  it('also works before the tool has started', async () => {
    const marker = join(directory, 'never');
    const running = runCommand(script(MARKS_END, marker), new Input().of(LINE, 3), listener(), AbortSignal.abort());
    await expect(running).rejects.toThrow(/abort/i);
    expect(existsSync(marker)).toBe(false);
  });
});

describe('a program that does not exist', () => {
  it.each([0, 1, 1000])('is reported with its name as a RestoreError, with %i chunks to read', async (count) => {
    const running = runCommand(tool('pg_restore_of_nobody'), new Input().of(LARGE, count), listener(), never);
    await expect(running).rejects.toBeInstanceOf(RestoreError);
    await expect(running).rejects.toThrow(/^pg_restore_of_nobody cannot be run: /);
    await sleep(20); // an unhandled rejection would end the container
  });

  it('does not hide an earlier error of the input', async () => {
    const input = new Input().of(LINE, 0, 0, new Error('first'));
    await expect(runCommand(tool('pg_restore_of_nobody'), input, listener(), never)).rejects.toThrow('first');
    await sleep(20);
  });
});

it('reads all of a long stderr, and keeps its end', async () => {
  const heard = listener();
  const noisy = script('i=0; while [ $i -lt 20000 ]; do echo "line $i" >&2; i=$((i+1)); done; exit 1');
  const { stderr } = await runCommand(noisy, new Input().of(LINE, 1), heard, never);
  expect(stderr).toHaveLength(8000);
  expect(stderr.endsWith('line 19999\n')).toBe(true);
  expect(heard.err.split('\n')).toHaveLength(20_001);
});
