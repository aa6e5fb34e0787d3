import type { DumpHead } from '../domain/dump-head.ts';
import { DUMP_KIND_BYTES, dumpKind } from '../domain/dump-kind.ts';
import { dumpedServerVersion } from '../domain/dumped-server-version.ts';
import { ArchiveReader } from '../domain/postgres/archive-reader.ts';

/**
 * A table of contents is a few hundred bytes an object; a larger one is restored without the look at dependents, but not
 * without being judged: pg_restore reads all of it before it does anything, and gets no byte of it unjudged.
 */
const MAX_TOC_BYTES = 16 * 1024 * 1024;

/**
 * Reads as much of a dump as it takes to know what it is, and hands back the whole of it.
 * @throws DecompressError if it isn't a dump that we know, RestoreError for statements that are not accepted; the dump that
 * is handed back throws them too.
 */
export async function readDumpHead(
  dump: AsyncGenerator<Buffer>,
): Promise<{ head: DumpHead; whole: AsyncGenerator<Buffer> }> {
  const seen: Buffer[] = [];
  let bytes = 0;
  const more = async (): Promise<boolean> => {
    const next = await dump.next();
    if (next.done) return false;
    seen.push(next.value);
    bytes += next.value.length;
    return true;
  };
  while (bytes < DUMP_KIND_BYTES && (await more())) {}
  const first = Buffer.concat(seen);
  const kind = dumpKind(first);
  const head: DumpHead = { kind, toc: undefined, archiveVersion: undefined, serverVersion: undefined };
  let rest = dump;
  if (kind === 'pg-archive') {
    const reader = new ArchiveReader();
    for (const chunk of seen) reader.push(chunk);
    while (reader.toc === undefined && reader.checksEnd && bytes < MAX_TOC_BYTES && (await more())) {
      reader.push(seen.at(-1) as Buffer);
    }
    head.toc = reader.toc;
    head.archiveVersion = reader.version;
    head.serverVersion = reader.toc?.serverVersion;
    if (reader.toc === undefined && reader.checksEnd) rest = judged(dump, reader, head);
  } else {
    head.serverVersion = dumpedServerVersion(first);
  }
  return { head, whole: rejoined(seen, rest) };
}

/** Each chunk of a table of contents once it is judged; what follows as it comes. */
async function* judged(dump: AsyncGenerator<Buffer>, reader: ArchiveReader, head: DumpHead): AsyncGenerator<Buffer> {
  for await (const chunk of dump) {
    if (head.toc === undefined) reader.push(chunk);
    head.toc = reader.toc; // too late for the look, but in time for what comes after the load
    yield chunk;
  }
}

async function* rejoined(seen: Buffer[], rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    for (let chunk = seen.shift(); chunk !== undefined; chunk = seen.shift()) yield chunk;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}
