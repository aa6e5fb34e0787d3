import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runTool, toolOutput } from '../../../../containers/restore/physical/tool-output.ts';
import { RestoreError } from '../../../../lib/errors/errors.ts';

const script = (text: string) => ({ command: 'sh', args: ['-c', text], env: { PATH: process.env.PATH ?? '' } });
const never = new AbortController().signal;

async function all(chunks: AsyncGenerator<Buffer>): Promise<string> {
  const found: Buffer[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return Buffer.concat(found).toString();
}

/** A tool that prints its process id and then runs forever, whether or not its output is read. */
const ENDLESS = script('trap "" PIPE; echo $$; while :; do echo more; done 2>/dev/null');

/** Reads the first output of the endless tool. */
async function pidOf(chunks: AsyncGenerator<Buffer>): Promise<string> {
  const { value } = await chunks.next();
  return String(value).split('\n')[0] ?? '';
}

describe('the output of a tool', () => {
  it('is passed on completely', async () => {
    expect(await all(toolOutput(script('head -c 3000000 /dev/zero; printf end'), never))).toHaveLength(3_000_003);
  });

  it("ends with the tool's failure, in its own words", async () => {
    const failing = toolOutput(script('echo half; echo "note: a" >&2; echo "ERROR: no such table" >&2; exit 3'), never);
    expect(String((await failing.next()).value)).toBe('half\n');
    const failure = await failing.next().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RestoreError);
    expect(failure).toMatchObject({ message: 'sh ended with 3: ERROR: no such table' });
  });

  it('ends with a failure if the tool was killed', async () => {
    await expect(all(toolOutput(script('echo half; kill -9 $$'), never))).rejects.toThrow('sh ended with SIGKILL');
  });
});

describe('a tool ends', () => {
  it('when its reader has had enough', async () => {
    const chunks = toolOutput(ENDLESS, never);
    const pid = await pidOf(chunks);
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    await chunks.return();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  it('when the signal stops it', async () => {
    const stopping = new AbortController();
    const chunks = toolOutput(ENDLESS, stopping.signal);
    const pid = await pidOf(chunks);
    setTimeout(() => stopping.abort(new Error('stopped by hand')), 50);
    await expect(all(chunks)).rejects.toThrow('stopped by hand');
    expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  it('before it starts, if the signal has already stopped it', async () => {
    await expect(all(toolOutput(ENDLESS, AbortSignal.abort(new Error('stopped before'))))).rejects.toThrow(
      'stopped before',
    );
  });
});

it('a tool without output runs to its end, and its failure is reported', async () => {
  await runTool(script('exit 0'), never);
  await expect(runTool(script('echo "no space left" >&2; exit 1'), never)).rejects.toThrow(
    'sh ended with 1: no space left',
  );
});
