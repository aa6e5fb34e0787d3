import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { LambdaRuntime } from '../../../lib/local/lambda/runtime.ts';
import type { LocalFunction } from '../../../lib/local/stack/template.ts';
import type { Deed } from '../handlers/misbehaves.ts';

const HANDLERS = { directory: new URL('../handlers/', import.meta.url).href, ending: '.ts' } as const;
const QUICK_MS = 800;

const fn = (entry: string, arn: string, timeoutMs = 60_000, environment = {}): LocalFunction => ({
  arn,
  entry,
  environment,
  timeoutMs,
});

let runtime: LambdaRuntime | undefined;
let printed = '';
afterEach(async () => {
  await runtime?.stop();
  printed = '';
});

function start(more: LocalFunction[] = []): LambdaRuntime {
  const log = new PassThrough();
  log.on('data', (text) => {
    printed += text;
  });
  const own = [
    fn('misbehaves', 'arn', undefined, { SHARED_SETTING: 'one' }),
    fn('misbehaves', 'quick', QUICK_MS),
    fn('unloadable', 'unloadable'),
  ];
  runtime = new LambdaRuntime([...own, ...more], { PATH: '' }, log, HANDLERS);
  return runtime;
}

const call = (deed: Deed, arn = 'arn') =>
  runtime?.invoke(arn, deed) as Promise<{ threadId: number; calls: number; environment: string }>;
const SLEEP: Deed = { kind: 'sleep', ms: 300 };

describe('the functions on one machine', () => {
  it('handle several events at once, in at most two threads', async () => {
    start();
    const begun = performance.now();
    const answers = await Promise.all([...Array(4)].map(() => call(SLEEP)));
    const others = await Promise.all([...Array(4)].map(() => call({ kind: 'answer' }, 'quick')));
    expect(performance.now() - begun).toBeLessThan(4 * 300 * 4);
    expect(new Set([...answers, ...others].map(({ threadId }) => threadId)).size).toBe(2);
  });

  it('share their settings, which may not contradict each other', async () => {
    start();
    expect(await call({ kind: 'answer' }, 'quick')).toMatchObject({ environment: 'one' });
    expect(() => start([fn('misbehaves', 'another', 1, { SHARED_SETTING: 'two' })])).toThrow(
      'misbehaves has a different SHARED_SETTING from the other functions',
    );
  });

  it('report what a handler threw, and a handler that cannot be loaded', async () => {
    start();
    await expect(call({ kind: 'throw' })).rejects.toMatchObject({
      name: 'TypeError',
      message: expect.stringContaining('"errorMessage":"thrown"'),
    });
    await expect(runtime?.invoke('unloadable', {})).rejects.toThrow('a setting is missing');
    await runtime?.warm(['unloadable', 'misbehaves']);
    expect(await call({ kind: 'answer' })).toMatchObject({ calls: expect.any(Number) });
  });

  it.each(['reject unseen', 'throw unseen'] as const)(
    'fail only the one call that caused an uncaught error (%s)',
    async (kind) => {
      start();
      // one for each thread, so that the call that goes wrong shares its thread
      const others = [call({ kind: 'sleep', ms: 1500 }), call({ kind: 'sleep', ms: 1500 })];
      await expect(call({ kind })).rejects.toMatchObject({
        name: kind === 'reject unseen' ? 'RangeError' : 'SyntaxError',
        message: expect.stringMatching(/nothing caught it|a malformed packet/),
      });
      const answers = await Promise.all(others);
      // what is called from here on is in a fresh thread
      const fresh = await Promise.all([call(SLEEP), call(SLEEP)]);
      const threads = new Set(answers.map(({ threadId }) => threadId));
      expect(fresh.filter(({ threadId }) => threads.has(threadId)).length).toBeLessThan(2);
      expect(fresh.map(({ calls }) => calls)).toContain(1);
    },
  );

  it('answer the next call after one that took too long, and let the other calls of its thread finish', async () => {
    start();
    const others = [call({ kind: 'sleep', ms: 2000 }), call({ kind: 'sleep', ms: 2000 })];
    await expect(call({ kind: 'sleep', ms: 60_000 }, 'quick')).rejects.toMatchObject({
      name: 'Sandbox.Timedout',
      message: expect.stringContaining('the function did not answer within 0.8 s'),
    });
    expect(await call({ kind: 'answer' })).toMatchObject({ environment: 'one' });
    expect(await Promise.all(others)).toHaveLength(2);
  });

  it('end a thread that computes forever, and its other calls', async () => {
    start();
    const kept = call({ kind: 'sleep', ms: 6000 });
    await call({ kind: 'answer' }); // the other thread is there, and idle
    const stuck = call({ kind: 'loop' }, 'quick');
    const beside = call({ kind: 'sleep', ms: 6000 });
    const besideToo = call({ kind: 'sleep', ms: 6000 });
    const settled = await Promise.allSettled([kept, stuck, beside, besideToo]);
    const reasons = settled.map((result) => (result.status === 'fulfilled' ? 'answered' : result.reason.name));
    expect(reasons[0]).toBe('answered');
    expect(reasons[1]).toBe('Sandbox.Timedout');
    expect(reasons.slice(2)).toContain('Sandbox.Ended');
    expect(await call({ kind: 'answer' })).toMatchObject({ environment: 'one' });
  });

  it('answer the next call after one that ended its thread', async () => {
    start();
    await expect(call({ kind: 'exit' })).rejects.toMatchObject({
      name: 'Sandbox.Ended',
      message: expect.stringContaining('the function ended before it answered'),
    });
    expect(await call({ kind: 'answer' })).toMatchObject({ calls: 1 });
  });

  it('keep the log lines of concurrent calls apart', async () => {
    start();
    const ids = ['first', 'second', 'third', 'fourth'];
    await Promise.all(ids.map((restoreId, index) => call({ kind: 'log', restoreId, ms: 400 - index * 100 })));
    await runtime?.stop();
    const lines = printed
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    expect(lines.map(({ restore_id }) => restore_id).toSorted()).toEqual(ids.toSorted());
  });
});
