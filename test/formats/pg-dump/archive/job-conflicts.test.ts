/** Entries as pg_dump 15 writes them. */
import { expect, it } from 'vitest';
import type { Toc } from '../../../../lib/formats/pg-dump/archive/format.ts';
import { needsOneJob } from '../../../../lib/formats/pg-dump/archive/job-conflicts.ts';
import { ArchiveReader } from '../../../../lib/formats/pg-dump/archive/reader.ts';
import { type BuiltEntry, buildArchive, SMALL } from './archive-builder.ts';

const TABLES: BuiltEntry[] = [10, 11, 12].map((dumpId) => ({ dumpId, desc: 'TABLE', tag: `t${dumpId}` }));

function mayBeParallel(...entries: BuiltEntry[]): boolean {
  const archive = buildArchive({ minor: 14, entries: [...SMALL, ...TABLES, ...entries] });
  const reader = new ArchiveReader();
  reader.push(archive);
  return !needsOneJob(reader.toc as Toc);
}

const trigger: BuiltEntry = {
  ...{ dumpId: 20, desc: 'TRIGGER', namespace: 'public', tag: 't10 x', dependencies: [10] },
  definition: 'CREATE TRIGGER x AFTER INSERT ON public.t10 FOR EACH ROW EXECUTE FUNCTION public.f();\n',
  drop: 'DROP TRIGGER x ON public.t10;\n',
};
it.each([
  ['SELECT t FROM public.t11 WHERE id = $1', false],
  ["SELECT extract(year FROM $1) || trim(both ' ' from $2)", true],
])('may create an index over the function %s with several jobs: %s', (body, parallel) => {
  const definition = `CREATE FUNCTION public.f(integer) RETURNS text LANGUAGE sql IMMUTABLE AS $_$ ${body} $_$;\n`;
  const text: BuiltEntry = { dumpId: 9, desc: 'FUNCTION', namespace: 'public', tag: 'f(integer)', definition };
  const index: BuiltEntry = { dumpId: 30, desc: 'INDEX', namespace: 'public', tag: 'i', dependencies: [9, 10] };
  expect(mayBeParallel(text, index)).toBe(parallel);
  expect(mayBeParallel(text, { ...trigger, dependencies: [9, 10] })).toBe(true);
});

it('leaves definitions to one job if they check rows by reading other tables', () => {
  const definition =
    'CREATE FUNCTION public.f(text) RETURNS boolean LANGUAGE sql AS $$ SELECT true FROM public.s $$;\n';
  const reader: BuiltEntry = { dumpId: 9, desc: 'FUNCTION', namespace: 'public', tag: 'f(text)', definition };
  const domain: BuiltEntry = { dumpId: 8, desc: 'DOMAIN', namespace: 'public', tag: 'd', dependencies: [9] };
  const table = (...dependencies: number[]): BuiltEntry => ({ dumpId: 13, desc: 'TABLE', tag: 't13', dependencies });
  expect(mayBeParallel(reader, domain, table())).toBe(true);
  expect(mayBeParallel(reader, table(9))).toBe(false);
  expect(mayBeParallel(reader, domain, table(8))).toBe(false);
  expect(mayBeParallel({ ...reader, definition: definition.replace('FROM public.s', '') }, table(9))).toBe(true);
});

const switched = (dependencies: number[]): BuiltEntry => ({
  ...{ dumpId: 21, desc: 'TRIGGER', namespace: 'public', tag: 't11 x', dependencies },
  definition: '\nALTER TABLE public.t11 DISABLE TRIGGER x;\n',
});

it('leaves the trigger of a partition to one job if its dependencies are missing', () => {
  expect(mayBeParallel(trigger, switched([11, 20, 11]))).toBe(true);
  expect(mayBeParallel(trigger, switched([11, 9, 11]))).toBe(false);
});

const indexed = (dumpId: number, table: number, change = ''): BuiltEntry => ({
  ...{ dumpId, desc: 'INDEX', namespace: 'public', tag: `i${dumpId}`, dependencies: [table] },
  definition: `CREATE UNIQUE INDEX i${dumpId} ON public.t USING btree (id);\n${change}`,
});
const CLUSTER = '\nALTER TABLE public.t CLUSTER ON i;\n';
const IDENTITY = '\n\nALTER TABLE ONLY public.t REPLICA IDENTITY USING INDEX i;\n';

it('leaves a table to one job if two indexes change it', () => {
  expect(mayBeParallel(indexed(30, 10, CLUSTER), indexed(31, 10), indexed(32, 11, IDENTITY))).toBe(true);
  expect(mayBeParallel(indexed(30, 10, CLUSTER), indexed(31, 10), indexed(32, 10, IDENTITY))).toBe(false);
});

it('leaves foreign keys on the same columns to one job if tables have partitions', () => {
  const key = (dumpId: number, columns: string): BuiltEntry => ({
    ...{ dumpId, desc: 'FK CONSTRAINT', namespace: 'public', tag: `t10 k${dumpId}`, dependencies: [10] },
    definition: `ALTER TABLE ONLY public.t10\n    ADD CONSTRAINT k${dumpId} FOREIGN KEY (${columns}) REFERENCES public.t11(id);\n`,
  });
  const attach: BuiltEntry = { dumpId: 42, desc: 'INDEX ATTACH', tag: 'i', dependencies: [10] };
  expect(mayBeParallel(key(40, 'a'), key(41, 'a'))).toBe(true);
  expect(mayBeParallel(key(40, 'a'), key(41, 'b'), attach)).toBe(true);
  expect(mayBeParallel(key(40, 'a'), key(41, 'a'), attach)).toBe(false);
});
