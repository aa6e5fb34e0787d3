import { CODEC_BYTES, type Codec, codecOf } from '../formats/codecs.ts';
import { gunzip } from './gunzip.ts';
import { Peek } from './peek.ts';

/**
 * Each takes exactly one stream of its codec, and throws DecompressError for a fault in it, an early end, or anything after
 * it.
 */
const DECODERS: Record<Codec, (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer, void>> = { gzip: gunzip };

/** What says best what is wrong with data that no codec knows: what nearly every backup is compressed with. */
const MOST_LIKELY: Codec = 'gzip';

/**
 * Decompresses a backup's data by the codec that its first bytes tell.
 * The input is read ahead: who stops early has to end what the input waits for, too.
 * @param onCodec is told which it is, before the first chunk comes
 * @throws DecompressError for a fault in the data, an early end, or anything after it
 */
export async function* decompress(
  chunks: AsyncIterable<Buffer>,
  onCodec: (codec: Codec) => void = () => {},
): AsyncGenerator<Buffer, void> {
  const peek = new Peek(chunks[Symbol.asyncIterator]());
  while (peek.bytes < CODEC_BYTES && (await peek.more()) !== undefined) {}
  const codec = codecOf(peek.head());
  if (codec !== undefined) onCodec(codec);
  yield* DECODERS[codec ?? MOST_LIKELY](peek.whole());
}
