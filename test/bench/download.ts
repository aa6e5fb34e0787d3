/** An object far away: ours, by ranges at the same time, against one GET. */
import { createHash } from 'node:crypto';
import { openDownload } from '../../lib/pipeline/download/download.ts';
import type { Comparison } from './comparison.ts';
import { farObject } from './far-object.ts';
import { megabytesPerSecond, Results, secondsOf } from './figures.ts';
import { dumpSample } from './samples.ts';
import { nodeVersion } from './versions.ts';

export const downloadComparison: Comparison = {
  name: 'download',
  peer: 'one GET of the whole object',
  unit: 'MB/s',
  goal: 2,
  async open(scale) {
    const { encrypted } = await dumpSample(scale);
    const { source, close } = await farObject(encrypted);
    const results = new Results();
    const measured = async (body: () => Promise<AsyncIterable<Uint8Array>>, side: 'ours' | 'theirs') => {
      const hash = createHash('sha256');
      const seconds = await secondsOf(async () => {
        for await (const chunk of await body()) hash.update(chunk);
      });
      results[side] = hash.digest('hex');
      return megabytesPerSecond(encrypted.bytes, seconds);
    };
    const whole = () => source.read(0, encrypted.bytes - 1, undefined, new AbortController().signal);
    return {
      versions: nodeVersion,
      ours: () => measured(async () => (await openDownload(source)).chunks, 'ours'),
      theirs: () => measured(async () => (await whole()).body, 'theirs'),
      check: async () => results.check(),
      close: async () => close(),
    };
  },
};
