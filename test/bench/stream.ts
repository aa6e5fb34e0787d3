/** The whole stream to /dev/null, compared with its slowest stage alone: what chaining the stages costs. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { gunzip } from '../../lib/pipeline/decompression/gunzip.ts';
import { decrypt } from '../../lib/pipeline/decryption/decrypt.ts';
import { openDownload } from '../../lib/pipeline/download/download.ts';
import { openBackup } from '../../lib/pipeline/opening/open-backup.ts';
import type { Comparison } from './comparison.ts';
import { farObject } from './far-object.ts';
import { drain, partsOf, secondsOf } from './figures.ts';
import { dumpSample, KEYS } from './samples.ts';
import { nodeVersion } from './versions.ts';

export const streamComparison: Comparison = {
  name: 'stream',
  peer: 'the slowest of its stages by itself',
  unit: 's',
  goal: 0.85,
  async open(scale) {
    const { dumpBytes, compressed, encrypted } = await dumpSample(scale);
    const { source, close } = await farObject(encrypted);
    let passed = { dumpBytes: 0, sha256: '' };
    const stages = {
      download: async () => drain((await openDownload(source)).chunks),
      'decrypt+sha256': async () => {
        const hash = createHash('sha256');
        for await (const chunk of decrypt(partsOf(encrypted), KEYS)) hash.update(chunk);
      },
      gunzip: () => drain(gunzip(partsOf(compressed))),
    };
    return {
      versions: nodeVersion,
      ours: () =>
        secondsOf(async () => {
          const opened = await openBackup(source, KEYS);
          await pipeline(opened.dump, createWriteStream('/dev/null'));
          passed = opened.passed();
        }),
      theirs: async () => {
        const seconds: number[] = [];
        for (const stage of Object.values(stages)) seconds.push(await secondsOf(stage));
        return Math.max(...seconds);
      },
      check: async () => {
        const hash = createHash('sha256');
        for await (const part of partsOf(compressed)) hash.update(part);
        const right = passed.dumpBytes === dumpBytes && passed.sha256 === hash.digest('hex');
        if (!right) throw new Error('the stream is not what was compressed');
      },
      close: async () => close(),
    };
  },
};
