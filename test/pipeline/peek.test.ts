import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Peek, putBack } from '../../lib/pipeline/peek.ts';

/** A source that records how far it was read, and whether it was ended. */
function source(chunks: string[], fault?: Error) {
  const seen = { read: 0, ended: false };
  async function* stream(): AsyncGenerator<Buffer> {
    try {
      for (const chunk of chunks) {
        seen.read++;
        yield Buffer.from(chunk);
      }
      if (fault !== undefined) throw fault;
    } finally {
      seen.ended = true;
    }
  }
  return { stream: stream(), seen };
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks.join('|');
}

describe('a peek', () => {
  it('returns the whole stream after any look ahead', async () => {
    for (let looks = 0; looks <= 5; looks++) {
      const peek = new Peek(source(['ab', 'c', 'def']).stream);
      for (let look = 0; look < looks; look++) await peek.more();
      expect([looks, await textOf(peek.whole())]).toEqual([looks, 'ab|c|def']);
    }
  });

  it('reads no further than it is asked to', async () => {
    const { stream, seen } = source(['ab', 'c', 'def']);
    const peek = new Peek(stream);
    expect(String(await peek.more())).toBe('ab');
    expect([peek.bytes, String(peek.head()), seen.read]).toEqual([2, 'ab', 1]);
    await peek.more();
    expect([peek.bytes, String(peek.head()), seen.read]).toEqual([3, 'abc', 2]);
  });

  it('reports the end as often as it is asked', async () => {
    const peek = new Peek(source([]).stream);
    expect([await peek.more(), await peek.more(), peek.bytes, peek.head().length]).toEqual([
      undefined,
      undefined,
      0,
      0,
    ]);
    expect(await textOf(peek.whole())).toBe('');
  });

  it('leaves a chunk that arrives too late to the next reader', async () => {
    async function* slow(): AsyncGenerator<Buffer> {
      yield Buffer.from('a');
      await sleep(50);
      yield Buffer.from('b');
    }
    const peek = new Peek(slow());
    await peek.more();
    expect(await peek.more(Promise.resolve(undefined))).toBeUndefined();
    expect(peek.bytes).toBe(1);
    expect(await textOf(peek.whole())).toBe('a|b');
  });

  it('releases a chunk when it passes it on', async () => {
    const peek = new Peek(source(['ab', 'c']).stream);
    await peek.more();
    await peek.more();
    const whole = peek.whole();
    await whole.next();
    expect(String(peek.head())).toBe('c');
  });

  it('also passes on what is done to the rest', async () => {
    const peek = new Peek(source(['ab', 'c', 'd']).stream);
    await peek.more();
    async function* upper(rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of rest) yield Buffer.from(String(chunk).toUpperCase());
    }
    expect(await textOf(peek.whole(upper(peek.rest())))).toBe('ab|C|D');
  });

  it('ends the source when its reader stops', async () => {
    for (const looks of [0, 1, 2]) {
      const { stream, seen } = source(['ab', 'c', 'def']);
      const peek = new Peek(stream);
      for (let look = 0; look < looks; look++) await peek.more();
      for await (const _chunk of peek.whole()) break;
      expect([looks, seen.ended]).toEqual([looks, true]);
    }
  });

  it("throws the source's error to the peeker, and again to the reader", async () => {
    const fault = new Error('away');
    const peek = new Peek(source(['ab'], fault).stream);
    await peek.more();
    await expect(peek.more()).rejects.toBe(fault);
    await expect(textOf(peek.whole())).rejects.toBe(fault);
  });
});

it('puts back data that was kept elsewhere before the rest', async () => {
  const { stream, seen } = source(['c', 'd']);
  expect(await textOf(putBack(source(['a', 'b']).stream, stream))).toBe('a|b|c|d');
  expect(seen.ended).toBe(true);
});
