import { describe, expect, it } from 'vitest';
import { DownloadError } from '../../../lib/errors/errors.ts';
import { type DownloadLimits, type DownloadOptions, openDownload } from '../../../lib/pipeline/download/download.ts';
import { collect, piecesOf, randomBytesOf } from '../../support/chunks.ts';
import { type Answer, brokenAfter, MemorySource, silentAfter } from '../../support/memory-source.ts';

const OBJECT = randomBytesOf(1000, 1);
const LIMITS: DownloadLimits = {
  partBytes: 100,
  window: 3,
  idleTimeoutMs: 500,
  retryDelayMs: 1,
};

const open = (source: MemorySource, options: DownloadOptions = {}) =>
  openDownload(source, { patienceMs: () => 200, ...options, limits: { ...LIMITS, ...options.limits } });

async function* bodyOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function read(answer: Answer, options: DownloadOptions = {}) {
  const source = new MemorySource(OBJECT, answer);
  return { source, bytes: await collect((await open(source, options)).chunks) };
}

describe('a sound object', () => {
  it.each([1, 99, 100, 101, 333, 999, 1000, 1001])(
    'is read completely and in order in parts of %i bytes',
    async (partBytes) => {
      const source = new MemorySource(OBJECT);
      const download = await open(source, { limits: { partBytes } });
      expect(download).toMatchObject({ etag: '"v1"', bytes: 1000 });
      expect(await collect(download.chunks)).toEqual(OBJECT);
      expect(source.calls).toHaveLength(Math.ceil(1000 / partBytes));
    },
  );

  it('is read ahead by at most the window, even if the consumer is slow', async () => {
    for (const window of [1, 2, 5]) {
      const source = new MemorySource(OBJECT);
      const { chunks } = await open(source, { limits: { window } });
      let seen = 0;
      for await (const chunk of chunks) {
        seen += chunk.length;
        await new Promise((resolve) => setTimeout(resolve, 2));
        expect(source.calls.length * 100).toBeLessThanOrEqual(seen + (window - 1) * 100);
      }
      expect(seen).toBe(1000);
      expect(source.mostUnderWay).toBeLessThanOrEqual(window);
      if (window === 5) expect(source.mostUnderWay).toBeGreaterThan(1);
    }
  });

  it('is requested in the version of the first response, with its progress reported', async () => {
    const progress: number[] = [];
    const { source } = await read(() => ({}), { onProgress: (bytes) => progress.push(bytes) });
    expect(progress).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    expect(source.calls.map(({ etag }) => etag)).toEqual([undefined, ...Array.from({ length: 9 }, () => '"v1"')]);
  });
});

describe('failures that a retry fixes', () => {
  it('an interrupted body continues where it stopped', async () => {
    const { source, bytes } = await read(({ from }, number) =>
      number === 1 ? { body: brokenAfter(OBJECT.subarray(from, from + 33)) } : {},
    );
    expect(bytes).toEqual(OBJECT);
    expect(source.calls.slice(0, 2).map(({ from, to }) => [from, to])).toEqual([
      [0, 99],
      [33, 99],
    ]);
  });

  it('the rest of a body that ends early is requested again', async () => {
    const { source, bytes } = await read(({ from, to }, number) =>
      number === 2 ? { body: bodyOf(OBJECT.subarray(from, to)) } : {},
    );
    expect(bytes).toEqual(OBJECT);
    expect(source.calls.filter(({ from, to }) => from === 199 && to === 199)).toHaveLength(1);
  });

  it('no number of failures ends the download if bytes arrive in between', async () => {
    const { source, bytes } = await read(({ from }) => ({ body: brokenAfter(OBJECT.subarray(from, from + 1)) }), {
      limits: { partBytes: 120, window: 1 },
    });
    expect(bytes).toEqual(OBJECT);
    expect(source.calls).toHaveLength(1000);
  });

  it('a long time without a byte ends it, with the byte where it stopped', async () => {
    const source = new MemorySource(OBJECT, ({ from }) => {
      if (from < 100) return { body: brokenAfter(OBJECT.subarray(from, Math.min(from + 40, 80))) };
      throw new Error('no such host');
    });
    await expect(open(source)).rejects.toThrow(
      /the storage has been unavailable for 0\.\d s, in \d+ tries, at byte 80: socket hang up/,
    );
    await expect(open(source)).rejects.toBeInstanceOf(DownloadError);
    expect(source.calls.slice(0, 4).map(({ from }) => from)).toEqual([0, 40, 80, 80]);
  });

  it('a body, or an answer, that sends nothing is abandoned and aborted', async () => {
    for (const silent of ['body', 'answer']) {
      let given: AbortSignal | undefined;
      let wasAborted: boolean | undefined;
      const { source, bytes } = await read(
        async ({ from, signal }, number) => {
          if (from === (silent === 'body' ? 110 : 100) && number !== 2) wasAborted = given?.aborted;
          if (number !== 2) return {};
          given = signal;
          if (silent === 'answer') await new Promise(() => {});
          return { body: silentAfter(OBJECT.subarray(from, from + 10), signal) };
        },
        { limits: { idleTimeoutMs: 50 } },
      );
      expect(bytes).toEqual(OBJECT);
      expect(wasAborted).toBe(true);
      expect(source.calls.filter(({ from }) => from === (silent === 'body' ? 110 : 100))).not.toHaveLength(0);
    }
  });

  it('silence counts as a failure', async () => {
    const source = new MemorySource(OBJECT, ({ signal }) => ({ body: silentAfter(Buffer.alloc(0), signal) }));
    const opening = open(source, { limits: { idleTimeoutMs: 20 } });
    await expect(opening).rejects.toThrow(/unavailable for 0\.\d s, in \d+ tries, at byte 0: no data for 0.02 s/);
  });

  it('an outage is limited by time, not by the number of attempts, and longer if there is more to lose', async () => {
    let isAway = false;
    let patience = 60;
    let refused = 0;
    const source = new MemorySource(OBJECT, () => {
      if (!isAway) return {};
      refused += 1;
      throw new Error('connect ECONNREFUSED');
    });
    const { chunks } = await open(source, { limits: { window: 1 }, patienceMs: () => patience });
    const [first] = [await chunks.next()];
    isAway = true;
    // the first write happens while the storage is unavailable
    setTimeout(() => {
      patience = 60_000;
    }, 30);
    setTimeout(() => {
      isAway = false;
    }, 400);
    const rest = await collect(chunks);
    expect(Buffer.concat([first.value, rest])).toEqual(OBJECT);
    expect(refused).toBeGreaterThan(5);
  });

  it('the time that a slow consumer takes does not count', async () => {
    let broken = 0;
    const source = new MemorySource(OBJECT, ({ from }, number) => {
      if (number % 2 === 1 || from < 100) return {};
      broken += 1;
      return { body: brokenAfter(Buffer.alloc(0)) };
    });
    const { chunks } = await open(source, { limits: { window: 1 }, patienceMs: () => 100 });
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.length;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(bytes).toBe(1000);
    expect(broken).toBeGreaterThan(3);
  });
});

describe('failures that no retry fixes', () => {
  it.each([1, 2, 7])('a DownloadError of the source at read %i ends the download at once', async (bad) => {
    const gone = new DownloadError('object.sql.gz is not in the bucket');
    const source = new MemorySource(OBJECT, (_, number) => {
      if (number === bad) throw gone;
      return {};
    });
    const reading = open(source, { limits: { window: 1 } }).then(({ chunks }) => collect(chunks));
    await expect(reading).rejects.toBe(gone);
    expect(source.calls).toHaveLength(bad);
  });

  it('a different version from the pinned one', async () => {
    const source = new MemorySource(OBJECT);
    await expect(open(source, { pinnedEtag: '"v0"' })).rejects.toThrow(/was replaced after it was verified/);
    await expect(open(source, { pinnedEtag: '"v0"' })).rejects.toBeInstanceOf(DownloadError);
    expect(source.calls).toHaveLength(2);
    expect(source.calls[0]?.etag).toBe('"v0"');
  });

  it('a different version in a later part, and in a retry of the same part', async () => {
    await expect(read((_, number) => (number === 5 ? { etag: '"v2"' } : {}))).rejects.toThrow(DownloadError);
    const retried: Answer = ({ from }, number) =>
      number === 1 ? { body: brokenAfter(OBJECT.subarray(from, from + 5)) } : { etag: '"v2"' };
    await expect(read(retried)).rejects.toThrow(/was replaced/);
  });

  it.each([500, 950, 999, 1001, 2000])(
    'a size of %i instead of 1000 in a later part, under the same ETag',
    async (size) => {
      const reading = read((_, number) => (number >= 5 ? { totalBytes: size } : {}));
      await expect(reading).rejects.toThrow(DownloadError);
      await expect(reading).rejects.toThrow(/was replaced/);
      const retried: Answer = ({ from }, number) =>
        number === 1 ? { body: brokenAfter(OBJECT.subarray(from, from + 5)) } : { totalBytes: size };
      await expect(read(retried)).rejects.toThrow(/was replaced/);
    },
  );
});

describe('a store that ignores ranges', () => {
  it.each([1000, 7])('is refused, and its bytes are not taken for others, in pieces of %i', async (size) => {
    const source = new MemorySource(OBJECT, (_, number) => (number > 1 ? { body: piecesOf(OBJECT, size) } : {}));
    await expect(open(source).then(({ chunks }) => collect(chunks))).rejects.toThrow(/more of .* than was requested/);
    expect(source.calls.length).toBeLessThanOrEqual(4);
  });

  it('is accepted if the object is no longer than a part', async () => {
    const source = new MemorySource(OBJECT, () => ({ body: piecesOf(OBJECT, 7) }));
    expect(await collect((await open(source, { limits: { partBytes: 5000 } })).chunks)).toEqual(OBJECT);
  });
});

describe('stopping', () => {
  it('a consumer that returns early aborts running requests', async () => {
    const source = new MemorySource(OBJECT, ({ signal }, number) =>
      number === 1 ? {} : { body: silentAfter(Buffer.alloc(0), signal) },
    );
    const { chunks } = await open(source);
    expect((await chunks.next()).value).toHaveLength(100);
    expect(source.calls).toHaveLength(3);
    expect(source.calls[1]?.signal.aborted).toBe(false);
    await chunks.return(undefined);
    expect(source.calls.slice(1).map(({ signal }) => signal.aborted)).toEqual([true, true]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(source.calls).toHaveLength(3);
  });

  it('a failed part aborts the others', async () => {
    const source = new MemorySource(OBJECT, ({ signal }, number) => {
      if (number === 2) throw new DownloadError('gone');
      return number === 1 ? {} : { body: silentAfter(Buffer.alloc(0), signal) };
    });
    await expect(open(source).then(({ chunks }) => collect(chunks))).rejects.toThrow('gone');
    expect(source.calls[2]?.signal.aborted).toBe(true);
  });

  it('the signal ends a running part with its reason, and nothing is requested again', async () => {
    const stop = new AbortController();
    const source = new MemorySource(OBJECT, ({ signal }) => ({ body: silentAfter(Buffer.alloc(0), signal) }));
    const opening = open(source, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('stopped by hand')), 20);
    await expect(opening).rejects.toThrow('stopped by hand');
    expect(source.calls).toHaveLength(1);
  });

  it('the signal also ends the pause before a retry', async () => {
    const stop = new AbortController();
    const source = new MemorySource(OBJECT, () => {
      throw new Error('no such host');
    });
    const opening = open(source, { signal: stop.signal, limits: { retryDelayMs: 60_000 } });
    setTimeout(() => stop.abort(), 20);
    const before = Date.now();
    await expect(opening).rejects.toThrow(/abort/i);
    expect(Date.now() - before).toBeLessThan(40_000);
    expect(source.calls).toHaveLength(1);
  });
});
