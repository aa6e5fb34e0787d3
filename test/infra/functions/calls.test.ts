/** How rights.test.ts finds calls: it misses none, or says that it can't follow one. */
import { describe, expect, it } from 'vitest';
import { RECORD_SETTINGS } from '../../../lib/api/tables.ts';
import { callsIn, settingsReadBy } from '../../support/stack/calls.ts';

const OPEN = 'function openRecords(env) { return make(env); }\nconst records = openRecords(env);\n';

describe('a call on a table is found', () => {
  it.each([
    ['directly', 'await records.backups.get(id);'],
    ['if its result is awaited, or may be missing', 'const one = (await records?.backups?.get(id))?.name;'],
    ['through another name', 'const all = records; const { backups } = all; backups.get(id);'],
    ['through a name that is assigned later', 'let all; function f() { all.backups.get(id); } all = records;'],
    [
      'through a default, and a rest pattern',
      'const { audit, ...rest } = records; f(); function f(a = rest) { a.backups.get(id); }',
    ],
    ['on a parameter', 'f(records.backups); function f(table) { return table.get(id); }'],
    ['on a parameter in a pattern', 'f({ records, events }); function f({ records: { backups: b } }) { b.get(id); }'],
    ['on rest parameters', 'f(1, records); function f(one, ...others) { others[0].backups.get(id); }'],
    ['on spread arguments', 'f(...[records]); function f(all) { all.backups.get(id); }'],
    ['on a result', 'const pick = (all, is) => (is ? all : undefined); pick(records, true).backups.get(id);'],
    [
      'in a function that is passed on',
      'h(() => records.backups); async function h(run) { const t = run(); await t.get(id); }',
    ],
    ['on an object of functions', 'const jobs = { run(all) { return all.backups.get(id); } }; jobs[name](records);'],
    ['on an object that another is spread over', 'const once = { ...records, jobs: {} }; once.backups.get(id);'],
    ['on an object that is spread', 'const a = { t: records.backups }; const b = { ...a }; b.t.get(id);'],
    ['on an element', 'for (const table of [records.backups]) table.get(id);'],
    [
      'on a field',
      'class A { #all; constructor(all) { this.#all = all; } go() { this.#all.backups.get(id); } } new A(records).go();',
    ],
    [
      'on a field of the parent class',
      'class A { constructor(all) { this.all = all; } } class B extends A { go() { this.all.backups.get(id); } } new B(records).go();',
    ],
    [
      'in a static method',
      'class A { static open(all) { return new A(all.backups); } constructor(t) { this.t = t; } get own() { return this.t; } } A.open(records).own.get(id);',
    ],
    ["on a setter's value", 'class A { set all(it) { it.backups.get(id); } } new A().all = records;'],
    [
      'on a value in a weak map',
      'const kept = new WeakMap(); kept.set(records, records.backups); kept.get(records).get(id);',
    ],
    ['on a method by itself', 'const { get } = records.backups; get(id);'],
  ])('%s', (_, code) => {
    const { tables } = callsIn(OPEN + code);
    expect([...tables].map(([table, methods]) => [table, ...methods])).toEqual([['backups', 'get']]);
  });
});

describe('a call that cannot be followed is an error', () => {
  it.each([
    ['a function of a package', 'import { wrap } from "wrap"; wrap(records).backups.get(id);'],
    ['a function of a package, in an object', 'import { wrap } from "wrap"; wrap({ records });'],
    ['a function of a package, as a result', 'import { wrap } from "wrap"; wrap(() => records);'],
    ['a method of an array', '[records.backups].map((table) => table.get(id));'],
    ['a list that grows', 'const all = []; all.push(records);'],
    ['a promise', 'new Promise((resolve) => resolve(records));'],
    ['a name that is made at run time', 'records[name].get(id);'],
    ['a global', 'globalThis.all = records;'],
    ['a generator', 'function* g() { yield records; }'],
    [
      'an indirect call',
      'records.backups.get.call(records.backups, id); function f(a) { a(records.backups.get.bind(1)); }',
    ],
  ])('%s', (_, code) => {
    expect(() => callsIn(OPEN + code)).toThrow(/^records[.\w]* cannot be followed any further than: /);
  });
});

describe('a command of the SDK', () => {
  const of = (names: string, from: string) => `import { ${names} } from "@aws-sdk/${from}";\n`;

  it('needs its privileges under any name', () => {
    const { actions } = callsIn(
      `${of('HeadObjectCommand as Head2', 'client-s3')}client.send(new Head2({ Bucket, Key }));`,
    );
    expect([...actions]).toEqual(['s3:GetObject', 's3:ListBucket']);
  });

  it.each([
    [
      'whose actions are unknown',
      of('DeleteObjectCommand', 'client-s3'),
      'new DeleteObjectCommand({})',
      /^which rights does/,
    ],
    ['that is passed on', of('GetObjectCommand', 'client-s3'), 'send(GetObjectCommand)', /is handed on/],
    ['on a client with methods', of('S3', 'client-s3'), 'new S3({}).getObject({})', /^which rights does S3 need/],
    ['under a namespace import', 'import * as s3 from "@aws-sdk/client-s3";', 'new s3.GetObjectCommand()', /is hidden/],
    [
      'on a table, bypassing its adapter',
      of('PutCommand', 'lib-dynamodb'),
      'new PutCommand({})',
      /isn't the adapter of a table/,
    ],
  ])('%s is an error', (_, imports, code, message) => {
    expect(() => callsIn(imports + code)).toThrow(message);
  });
});

it('the names of secrets are found', () => {
  const code =
    'function secretNames(p) {}\nfunction open(p) { return { names: { ...secretNames(p), encryptionKeys: p } }; }\n';
  const { secrets } = callsIn(`${code}const { names } = open("p"); names.connection(id); read(names.encryptionKeys);`);
  expect([...secrets]).toEqual(['connection', 'encryptionKeys']);
});

describe('the settings that a program reads', () => {
  it('are those in the lists that it names', () => {
    expect(settingsReadBy('functions/unmatched.ts')).toEqual(['ORIGIN_HEADER_SECRET']);
    expect(settingsReadBy('functions/measure-backups.ts')).toEqual([...RECORD_SETTINGS, 'MAX_BACKUP_AGE_HOURS']);
  });
});
