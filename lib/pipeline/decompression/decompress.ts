import { CODEC_BYTES, type Codec, codecOf } from '../../formats/codecs.ts';
import { Peek } from '../peek.ts';
import { gunzip } from './gunzip.ts';

/**
 * Each decodes exactly one stream of its codec, and throws DecompressError for a fault in it, an early end, or anything
 * after it.
 */
const DECODERS: Record<Codec, (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer, void>> = { gzip: gunzip };

/** Describes best what is wrong with data of no known codec: nearly every backup uses this one. */
const MOST_LIKELY: Codec = 'gzip';

/**
 * Decompresses a backup's data with the codec that its first bytes show. The input is read ahead: a caller that stops
 * early also has to end what the input waits for.
 * @param onCodec called with the codec, before the first chunk
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
