import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { DecompressError } from '../../../lib/errors/errors.ts';
import { readDumpHead } from '../../../lib/pipeline/opening/dump-head.ts';
import { lookAtObject } from '../../../lib/pipeline/opening/look-at-object.ts';
import { buildArchive, SMALL } from '../../formats/pg-dump/archive/archive-builder.ts';
import { piecesOf } from '../../support/chunks.ts';
import { MemorySource } from '../../support/memory-source.ts';

const MIB = 1024 * 1024;
const look = (source: MemorySource) => lookAtObject(source, [], new AbortController().signal);
const manyTables = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    dumpId: index + 1,
    desc: 'TABLE',
    tag: `t${index}`,
    namespace: 'public',
    // definitions that do not compress: the table of contents is as long in the object
    definition: `CREATE TABLE public.t${index} (note text DEFAULT '${randomBytes(400).toString('hex')}');\n`,
  }));
const rows = (dumpId: number) => ({ dumpId, desc: 'TABLE DATA', tag: 'big', data: [randomBytes(6 * MIB)] });

describe('inspecting an object', () => {
  it('reads the parts up to the table of contents, and at most starts the next one', async () => {
    const archive = buildArchive({ minor: 14, entries: [...SMALL, rows(7)] });
    const source = new MemorySource(gzipSync(archive));
    const { bytes, encrypted, head } = await look(source);
    expect(bytes).toBeGreaterThan(6 * MIB);
    expect(encrypted).toBe(false);
    expect(head).toMatchObject({ kind: 'pg-archive', archiveVersion: '1.14', serverVersion: '15.18 (Debian)' });
    expect(head?.toc?.entries.map(({ tag }) => tag)).toContain('Weird "näme"');
    expect(source.calls[0]).toMatchObject({ from: 0, to: MIB - 1 });
    expect(source.calls.length).toBeLessThan(3);
    await vi.waitFor(() => expect(source.underWay).toBe(0));
  });

  it('reads one part after another until it is complete', async () => {
    const archive = buildArchive({ minor: 16, entries: [...manyTables(4000), rows(4001)] });
    const source = new MemorySource(gzipSync(archive));
    const { head } = await look(source);
    expect(head?.toc?.entries).toHaveLength(4001);
    expect(source.calls.length).toBeGreaterThan(1);
    expect(source.calls.length).toBeLessThan(5);
    expect(source.mostUnderWay).toBe(1);
  });

  it('gives up on a table of contents that is too long', async () => {
    const archive = buildArchive({ minor: 16, entries: manyTables(22_000) });
    const { head } = await look(new MemorySource(gzipSync(archive, { level: 1 })));
    expect(head).toMatchObject({ archiveVersion: '1.16', toc: undefined });
  });

  it('reads the start of SQL', async () => {
    const dump = `-- MySQL dump 10.13\n--\n-- Server version\t9.7.0\n${"INSERT INTO t VALUES ('x');\n".repeat(9)}`;
    const { head } = await look(new MemorySource(gzipSync(dump)));
    expect(head).toEqual({ kind: 'sql', toc: undefined, archiveVersion: undefined, serverVersion: '9.7.0' });
  });

  it('fails for an unknown kind of data', async () => {
    await expect(look(new MemorySource(gzipSync('\0\0\0')))).rejects.toBeInstanceOf(DecompressError);
    await expect(look(new MemorySource(Buffer.from('no gzip')))).rejects.toBeInstanceOf(DecompressError);
  });
});

describe('the head of a dump', () => {
  it('is put back before the rest', async () => {
    const archive = buildArchive({ minor: 14, entries: [...SMALL, rows(7)] });
    for (const size of [7, 4096]) {
      const bytes = archive.subarray(0, size * 1000);
      const { whole } = await readDumpHead(piecesOf(bytes, size));
      const parts: Buffer[] = [];
      for await (const part of whole) parts.push(part);
      expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    }
  });
});
