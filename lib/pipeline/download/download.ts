import { setTimeout as sleep } from 'node:timers/promises';
import pTimeout from 'p-timeout';
import { DownloadError } from '../../errors/errors.ts';
import type { ObjectRange, ObjectSource } from '../../storage/objects/object-source.ts';
import { empty, replaced } from '../../storage/objects/object-source.ts';
import { Outage, type OutageListener } from './outage.ts';

export interface DownloadOptions {
  /** The version that was verified. If the object has a different one, the download fails. */
  pinnedEtag?: string | undefined;
  signal?: AbortSignal | undefined;
  /** Called with the number of bytes that the consumer has finished with. */
  onProgress?: ((bytesDone: number) => void) | undefined;
  /** Called repeatedly during a longer storage outage, and at its end. */
  onOutage?: OutageListener | undefined;
  /** How long to keep retrying during an outage, in ms. It may change during the download. Two minutes by default. */
  patienceMs?: (() => number) | undefined;
  /** Called with each part after it was read, in order. All parts except the last have `partBytes`. */
  onPart?: ((part: Buffer) => void) | undefined;
  limits?: Partial<DownloadLimits>;
}

export interface DownloadLimits {
  /**
   * The size of one request, in bytes. A part is read completely before it is returned, so a slow target never holds a
   * connection open.
   */
  partBytes: number;
  /** How many parts are held or being read at once. The memory is at most `partBytes * window`. */
  window: number;
  /** If a response sends nothing for this long, it is aborted and requested again. */
  idleTimeoutMs: number;
  /** The pause after the first failure; see lib/pipeline/download/outage.ts. */
  retryDelayMs: number;
}

/** How long to keep retrying while nothing has been written, because starting again costs little. */
export const PATIENCE_MS = 2 * 60_000;
/** The default once a restore has written to its target, because giving up would leave the target half-loaded. */
export const OUTAGE_MINUTES = 10;

const DEFAULTS: DownloadLimits = {
  partBytes: 4 * 1024 * 1024,
  window: 5,
  idleTimeoutMs: 30_000,
  retryDelayMs: 200,
};

export interface Download {
  etag: string;
  /** The size of the object. */
  bytes: number;
  /** The object's bytes in order. The first chunk is at least `min(bytes, partBytes)` long. */
  chunks: AsyncGenerator<Buffer>;
}

/**
 * Opens an object and reads its first part, so that its size and version are known. The rest is read when it is
 * consumed. Every response's ETag is compared too, because some stores ignore If-Match.
 * @throws DownloadError if the object is missing, empty, replaced, or can't be read.
 */
export async function openDownload(source: ObjectSource, options: DownloadOptions = {}): Promise<Download> {
  const limits = { ...DEFAULTS, ...options.limits };
  const abort = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal;
  const outage = new Outage(
    { patienceMs: options.patienceMs ?? (() => PATIENCE_MS), retryDelayMs: limits.retryDelayMs },
    options.onOutage ?? (() => {}),
  );
  const reading = { source, limits, outage, signal };
  const first = await readPart(reading, 0, limits.partBytes, { etag: options.pinnedEtag });
  const { etag, totalBytes } = first;
  return { etag, bytes: totalBytes, chunks: inOrder() };

  async function* inOrder(): AsyncGenerator<Buffer> {
    const ahead: Promise<Part>[] = [Promise.resolve(first)];
    let nextFrom = first.data.length;
    let done = 0;
    try {
      while (ahead.length > 0 || nextFrom < totalBytes) {
        if (ahead.length === 0) outage.rested();
        while (ahead.length < limits.window && nextFrom < totalBytes) {
          const bytes = Math.min(limits.partBytes, totalBytes - nextFrom);
          const part = readPart(reading, nextFrom, bytes, { etag, totalBytes });
          part.catch(() => {}); // it is awaited later; until then, its failure must not count as unhandled
          ahead.push(part);
          nextFrom += bytes;
        }
        const { data } = await (ahead.shift() as Promise<Part>);
        options.onPart?.(data);
        yield data;
        done += data.length;
        options.onProgress?.(done);
      }
    } finally {
      abort.abort();
    }
  }
}

/** Enough to get a response. Some stores return the whole object if asked for one byte. */
const HEAD_BYTES = 1024;

/** The version of the object that is in the bucket now. @throws DownloadError as openDownload does. */
export async function currentVersion(
  source: ObjectSource,
  signal?: AbortSignal,
): Promise<{ etag: string; bytes: number }> {
  const { etag, bytes, chunks } = await openDownload(source, { signal, limits: { partBytes: HEAD_BYTES, window: 1 } });
  await chunks.return(undefined);
  return { etag, bytes };
}

interface Part {
  data: Buffer;
  etag: string;
  totalBytes: number;
}

interface Reading {
  source: ObjectSource;
  limits: DownloadLimits;
  outage: Outage;
  signal: AbortSignal;
}

/** What identifies the object's version. The size counts too, because not every store's ETag changes with the bytes. */
interface Version {
  etag?: string | undefined;
  totalBytes?: number | undefined;
}

/**
 * Reads `bytes` bytes from `from` on (fewer at the object's end). After a failure, it continues at the same position.
 */
async function readPart(
  { source, limits, outage, signal }: Reading,
  from: number,
  bytes: number,
  pinned: Version,
): Promise<Part> {
  let data = Buffer.alloc(0);
  let filled = 0;
  let version = pinned;
  let wanted = bytes;
  for (;;) {
    const attempt = new AbortController();
    try {
      const range = await idle(
        source.read(from + filled, from + wanted - 1, version.etag, AbortSignal.any([signal, attempt.signal])),
        limits.idleTimeoutMs,
      );
      checkVersion(source, range, version);
      const { etag, totalBytes } = range;
      if (totalBytes === 0) throw empty(source.location);
      version = { etag, totalBytes };
      wanted = Math.min(bytes, totalBytes - from);
      if (data.length !== wanted) data = Buffer.allocUnsafe(wanted);
      const body = range.body[Symbol.asyncIterator]();
      // read to its end, because otherwise the connection could not be reused; once everything has arrived, a failure
      // doesn't matter
      for (;;) {
        const next = await idle(body.next(), limits.idleTimeoutMs).catch((error: unknown) => {
          if (filled < wanted) throw error;
        });
        if (next === undefined || next.done) break;
        if (filled + next.value.length > wanted) throw rangeIgnored(source.location);
        data.set(next.value, filled);
        filled += next.value.length;
        outage.over();
      }
      if (filled < wanted) throw new Error(`the body ended ${wanted - filled} bytes early`);
      return { data, etag, totalBytes };
    } catch (error) {
      if (error instanceof DownloadError) throw error;
      signal.throwIfAborted();
      const delayMs = outage.failed(error as Error);
      if (delayMs === undefined) {
        throw new DownloadError(
          `${source.location} did not come through: ${outage.inWords}, at byte ${from + filled}: ${(error as Error).message}`,
          { hint: 'Check the storage and the network between it and this service, then restore again.', cause: error },
        );
      }
      await sleep(delayMs, undefined, { signal });
    } finally {
      attempt.abort();
    }
  }
}

function checkVersion(source: ObjectSource, range: ObjectRange, { etag, totalBytes }: Version): void {
  if (etag !== undefined && range.etag !== etag) throw replaced(source.location);
  if (totalBytes !== undefined && range.totalBytes !== totalBytes) throw replaced(source.location);
}

function rangeIgnored(location: string): DownloadError {
  return new DownloadError(`the storage sent more of ${location} than was requested`, {
    hint: 'Check the endpoint of the storage provider, and proxies in front of it: they have to support range requests.',
  });
}

/**
 * The promise, or an error if it takes longer than `timeoutMs`. The error is only created then: p-timeout creates its
 * own beforehand, which would cost ten times as much for every chunk of a response.
 */
function idle<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  return pTimeout(promise, {
    milliseconds: timeoutMs,
    fallback: () => {
      throw new Error(`no data for ${timeoutMs / 1000} s`);
    },
  });
}
