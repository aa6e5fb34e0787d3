import type { DumpHead } from '../../databases/dump-head.ts';
import { DUMP_KIND_BYTES, dumpKind } from '../../databases/dump-kind.ts';
import { dumpedServerVersion } from '../../databases/dumped-server-version.ts';
import { ArchiveReader } from '../../formats/pg-dump/archive/reader.ts';
import { Peek } from '../peek.ts';

/**
 * A table of contents has a few hundred bytes per object. If it is larger than this, the dump is restored without the
 * check of dependents. It is not restored unchecked: pg_restore reads the whole table of contents before it does
 * anything, and gets only bytes that were checked.
 */
const MAX_TOC_BYTES = 16 * 1024 * 1024;

/**
 * Reads as much of a dump as is needed to recognise it, and returns all of it.
 * @throws DecompressError for an unknown kind of dump, or RestoreError for statements that aren't accepted. The
 * returned dump throws them too.
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

/** Each chunk of a table of contents is checked before it is returned; the rest is returned unchanged. */
async function* judged(dump: AsyncGenerator<Buffer>, reader: ArchiveReader, head: DumpHead): AsyncGenerator<Buffer> {
  for await (const chunk of dump) {
    if (head.toc === undefined) reader.push(chunk);
    head.toc = reader.toc; // too late for the inspection, but in time for what comes after the load
    yield chunk;
  }
}
