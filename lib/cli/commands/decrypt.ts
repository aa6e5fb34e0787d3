import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { decompress } from '../../pipeline/decompression/decompress.ts';
import { openObject } from '../../pipeline/opening/open-object.ts';
import { type Caller, say } from '../caller.ts';
import { type Command, readArguments, wrongUsage } from '../command.ts';
import { encryptionDemand, OBJECT_HELP, OBJECT_OPTIONS, objectNamed } from '../input/object.ts';
import { encryptionKeys, KEY_HELP } from '../input/secrets.ts';
import { isReaderGone } from '../output/output.ts';
import { ProgressLine } from '../output/progress.ts';

const OPTIONS = { ...OBJECT_OPTIONS, decompress: { type: 'boolean', default: false } } as const;

export const decryptCommand: Command = {
  summary: 'writes a backup to stdout, decrypted',
  help: `Usage: npx jagad-restore decrypt OBJECT [OPTIONS] | TOOL

Writes a backup to stdout: decrypted, but still compressed with gzip. An unencrypted backup is written as it is.
Every frame, their counter and the end mark are checked on the way. If one is wrong, it stops and exits with 1. What was
written by then came from the backup but is incomplete: have the shell report it (set -o pipefail), or verify first.
If the disk gets full, it exits with 4: delete the incomplete file that your shell created.

  --decompress   decompress it too, and check gzip's checksum and length: the dump itself

${OBJECT_HELP}

${KEY_HELP}`,
  run: decrypt,
};

async function decrypt(args: string[], caller: Caller): Promise<void> {
  const { stdout, stderr, signal } = caller;
  const { object, values } = readArguments(args, OPTIONS);
  if (stdout.isTTY === true) {
    throw wrongUsage('stdout is a terminal', 'Pipe it into a tool, or redirect it to a file: … > backup.gz');
  }
  const source = await objectNamed(object, values, caller);
  const keys = await encryptionKeys(source, caller);
  const progress = new ProgressLine(stderr);
  // stops reading ahead when this function ends, for whatever reason
  const ending = new AbortController();
  const opened = await openObject(source, keys, {
    mustBeEncrypted: encryptionDemand(values),
    signal: AbortSignal.any([signal, ending.signal]),
    onProgress: progress.at,
    onOutage: (line) => say(stderr, `decrypt: ${line}`),
  });
  progress.begin('decrypting', opened.objectBytes);
  try {
    const chunks = values.decompress ? decompress(opened.compressed) : opened.compressed;
    // while the reader stalls, the signal alone doesn't end a write
    const stopped = once(signal, 'abort').then(() => signal.throwIfAborted());
    await Promise.race([write(chunks, stdout), stopped]);
  } catch (error) {
    progress.end();
    if (!isReaderGone(error)) say(stderr, incompleteLine(opened.encrypted));
    throw error;
  } finally {
    progress.end();
    ending.abort();
  }
}

/** Resolves once the reader has taken everything. */
async function write(chunks: AsyncIterable<Buffer>, stdout: Caller['stdout']): Promise<void> {
  await pipeline(chunks, stdout, { end: false });
  await new Promise<void>((resolve, reject) => {
    stdout.write('', (error) => (error ? reject(error) : resolve()));
  });
}

function incompleteLine(encrypted: boolean): string {
  const authentic = encrypted ? 'authentic, but' : 'unverified, and';
  return `decrypt: what was written so far is ${authentic} may not be the whole backup`;
}
