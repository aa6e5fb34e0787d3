import type { DumpHead } from '../../databases/dump-head.ts';
import { DUMP_KIND_BYTES, dumpKind } from '../../databases/dump-kind.ts';
import { dumpedServerVersion } from '../../databases/dumped-server-version.ts';
import { ArchiveReader } from '../../formats/pg-dump/archive/reader.ts';
import { Peek } from '../peek.ts';

/**
 * A table of contents has a few hundred bytes per object; a larger one is restored without the check of dependents, but
 * not unchecked: pg_restore reads all of it before it does anything, and gets no byte of it unchecked.
 */
const MAX_TOC_BYTES = 16 * 1024 * 1024;

/**
 * Reads as much of a dump as is needed to recognise it, and returns the whole of it.
 * @throws DecompressError for an unknown kind of dump, RestoreError for statements that aren't accepted; the returned
 * dump throws them too.
 */
export async function readDumpHead(
  dump: AsyncGenerator<Buffer>,
): Promise<{ head: DumpHead; whole: AsyncGenerator<Buffer> }> {
  const peek = new Peek(dump);
  while (peek.bytes < DUMP_KIND_BYTES && (await peek.more()) !== undefined) {}
  const first = peek.head();
  const kind = dumpKind(first);
  const head: DumpHead = { kind, toc: undefined, archiveVersion: undefined, serverVersion: undefined };
  if (kind === 'sql') {
    head.serverVersion = dumpedServerVersion(first);
    return { head, whole: peek.whole() };
  }
  const reader = new ArchiveReader();
  reader.push(first);
  while (reader.toc === undefined && reader.checksEnd && peek.bytes < MAX_TOC_BYTES) {
    const chunk = await peek.more();
    if (chunk === undefined) break;
    reader.push(chunk);
  }
  head.toc = reader.toc;
  head.archiveVersion = reader.version;
  head.serverVersion = reader.toc?.serverVersion;
  const isJudged = reader.toc !== undefined || !reader.checksEnd;
  return { head, whole: isJudged ? peek.whole() : peek.whole(judged(peek.rest(), reader, head)) };
}

/** Each chunk of a table of contents, once it is checked; the rest unchanged. */
async function* judged(dump: AsyncGenerator<Buffer>, reader: ArchiveReader, head: DumpHead): AsyncGenerator<Buffer> {
  for await (const chunk of dump) {
    if (head.toc === undefined) reader.push(chunk);
    head.toc = reader.toc; // too late for the inspection, but in time for what comes after the load
    yield chunk;
  }
}
