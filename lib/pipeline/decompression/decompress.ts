import { CODEC_BYTES, type Codec, codecOf } from '../../formats/codecs.ts';
import { Peek } from '../peek.ts';
import { gunzip } from './gunzip.ts';

/**
 * Each decodes exactly one stream of its codec. It throws DecompressError for a fault in the stream, if the stream ends
 * early, or if anything follows it.
 */
const DECODERS: Record<Codec, (chunks: AsyncIterable<Buffer>) => AsyncGenerator<Buffer, void>> = { gzip: gunzip };

/** The codec whose error is reported if no codec is recognised: nearly every backup uses this one. */
const MOST_LIKELY: Codec = 'gzip';

/**
 * Decompresses a backup's data with the codec that its first bytes show. The input is read ahead, so a caller that
 * stops early also has to end whatever the input waits for.
 * @param onCodec called with the codec, before the first chunk
 * @throws DecompressError for a fault in the data, if it ends early, or if anything follows it
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
