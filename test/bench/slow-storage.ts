/**
 * An S3 far away, in a process of its own: one object, read by ranges, each answer late and each connection slow.
 * `slow-storage.ts FILE DELAY_MS BYTES_PER_SECOND` tells its parent the port, and ends with it.
 */
import { createReadStream, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const [file = '', delayMs = '0', bytesPerSecond = '0'] = process.argv.slice(2);
const size = statSync(file).size;
const CHUNK_BYTES = 256 * 1024;

const server = createServer((request, response) => {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  answer(Number(from ?? 0), Math.min(Number(to ?? size - 1), size - 1), response).catch(() => response.destroy());
});

async function answer(from: number, to: number, response: ServerResponse): Promise<void> {
  await sleep(Number(delayMs));
  response.writeHead(206, {
    ETag: '"the-one-version"',
    'Content-Length': to - from + 1,
    'Content-Range': `bytes ${from}-${to}/${size}`,
  });
  await pipeline(paced(createReadStream(file, { start: from, end: to, highWaterMark: CHUNK_BYTES })), response);
}

/** As fast as the connection allows: each chunk when its last byte would have arrived. */
async function* paced(chunks: Readable): AsyncGenerator<Buffer> {
  const start = performance.now();
  let sent = 0;
  for await (const chunk of chunks) {
    sent += chunk.length;
    const early = (sent / Number(bytesPerSecond)) * 1000 - (performance.now() - start);
    if (early >= 1) await sleep(early);
    yield chunk;
  }
}

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
