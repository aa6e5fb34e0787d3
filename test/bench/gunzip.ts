/** gzip to plain text: ours against a `gzip -dc`. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { gunzip } from '../../lib/pipeline/decompression/gunzip.ts';
import type { Comparison } from './comparison.ts';
import { drain, megabytesPerSecond, partsOf, Results, secondsOf } from './figures.ts';
import { dumpSample } from './samples.ts';
import { nodeVersion, toolVersion } from './versions.ts';

export const gunzipComparison: Comparison = {
  name: 'gunzip',
  peer: 'gzip -dc',
  unit: 'MB/s',
  goal: 2,
  async open(scale) {
    const { compressed, dumpBytes } = await dumpSample(scale);
    const tool = (stdout: 'ignore' | 'pipe') =>
      spawn('gzip', ['-dc', compressed.path], { stdio: ['ignore', stdout, 'inherit'] });
    return {
      versions: { ...nodeVersion, ...toolVersion('gzip') },
      ours: async () => megabytesPerSecond(dumpBytes, await secondsOf(() => drain(gunzip(partsOf(compressed))))),
      theirs: async () => megabytesPerSecond(dumpBytes, await secondsOf(() => once(tool('ignore'), 'close'))),
      // apart from the runs that are timed, as hashing takes its time
      check: async () => {
        const results = new Results();
        results.ours = await sha256(gunzip(partsOf(compressed)));
        results.theirs = await sha256(tool('pipe').stdout as AsyncIterable<Buffer>);
        results.check();
      },
      close: async () => {},
    };
  },
};

async function sha256(chunks: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
