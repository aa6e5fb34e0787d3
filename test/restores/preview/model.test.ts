import { describe, expect, it } from 'vitest';
import { previewAnswer } from '../../../lib/backups/schemas.ts';
import type { DumpHead } from '../../../lib/databases/dump-head.ts';
import type { DependencyRow } from '../../../lib/engines/postgres/rules/dependents-query.ts';
import type { TargetLook } from '../../../lib/engines/target-look.ts';
import { DownloadError, RestoreError } from '../../../lib/errors/errors.ts';
import type { Toc, TocEntry } from '../../../lib/formats/pg-dump/archive/format.ts';
import type { ObjectLook } from '../../../lib/pipeline/opening/look-at-object.ts';
import { type Findings, previewOf } from '../../../lib/restores/preview/model.ts';
import { postgresFacts } from '../../support/postgres-facts.ts';
import { aBackup, aConnection } from '../../support/records.ts';

const toc = (entries: Partial<TocEntry>[], serverVersion = '15.18 (Debian)'): Toc => ({
  version: '1.14',
  serverVersion,
  dumpVersion: serverVersion,
  databaseName: 'shop',
  encoding: 'UTF8',
  standardStrings: true,
  locale: undefined,
  compression: 'gzip',
  entries: entries.map((entry, index) => ({
    ...{ dumpId: index + 1, desc: 'TABLE', namespace: '', tag: '', owner: '', hasData: false, offsetAt: 0 },
    ...{
      definition: '',
      readsTables: false,
      tablespace: '',
      demand: undefined,
      drop: '',
      dependenciesAt: 0,
      dependencies: [],
    },
    ...entry,
  })),
});

const ORDERS = { namespace: 'sales', tag: 'orders', drop: 'DROP TABLE sales.orders;' };
const head = (of: Partial<DumpHead> = {}): DumpHead => ({
  kind: 'pg-archive',
  toc: toc([ORDERS]),
  archiveVersion: '1.14',
  serverVersion: '15.18 (Debian)',
  ...of,
});
const object = (of: Partial<DumpHead> = {}): ObjectLook => ({ bytes: 1000, encrypted: false, head: head(of) });
const target = (of: Partial<TargetLook> = {}): TargetLook => ({
  serverVersion: '15.18 (Debian)',
  databaseExists: true,
  tables: [],
  sessions: [],
  postgres: { dependencies: [], availableExtensions: new Set(['plpgsql']), powers: [], server: postgresFacts() },
  ...of,
});
const findings = (of: Partial<Findings> = {}): Findings => ({
  plan: { backup: aBackup({ verify_status: 'passed' }), target: aConnection(), database: 'shop' },
  verify: 'always',
  refusals: [],
  doubts: [],
  unread: [],
  object: object(),
  contents: undefined,
  target: target(),
  rights: [],
  ...of,
});
const inMysql = (of: Partial<Findings> = {}): Findings => {
  const backup = aBackup({ db_type: 'mysql', verify_status: 'passed' });
  return findings({ plan: { backup, target: aConnection({ db_type: 'mysql' }), database: 'shop' }, ...of });
};

/** A preview that is as the API says it is. */
const preview = (of: Findings) => previewAnswer.parse(previewOf(of));
const lines = (of: Findings) => {
  const { obstacles, warnings } = preview(of);
  return { obstacles, warnings };
};

const view = (name: string): DependencyRow => ({
  id: `pg_class/${name}`,
  kind: 'view',
  names: ['public', name],
  args: [],
  identity: `public.${name}`,
  deptype: 'n',
  ref_id: 'pg_class/orders',
  ref_kind: 'table',
  ref_names: ['sales', 'orders'],
  ref_args: [],
  ref_identity: 'sales.orders',
});

describe('a preview of an archive', () => {
  const backup = aBackup({ engine: 'mariabackup', db_type: 'mariadb' });
  const plan = { backup, target: aConnection({ db_type: 'mariadb' }), database: 'shop' };
  const of = (fields: Partial<Findings> = {}) =>
    findings({
      plan,
      object: { bytes: 9, encrypted: false, head: undefined },
      target: target({ postgres: undefined }),
      ...fields,
    });

  it('says which part of its chain is still unread', () => {
    const parent = '7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01';
    expect(lines(of())).toEqual({ obstacles: [], warnings: [] });
    expect(lines(of({ unread: [parent, backup.id] })).warnings).toEqual([
      expect.stringMatching(new RegExp(`^backup ${parent}, which it builds on, has not been read yet`)),
      expect.stringMatching(/^the backup has not been read yet: whether it is full/),
    ]);
    expect(preview(of()).object).toMatchObject({ bytes: 9, encrypted: false });
  });

  it('has an obstacle if an archive failed its verification', () => {
    const failed = (verify_error: string) =>
      lines(
        of({ plan: { ...plan, backup: { ...backup, verify_status: 'failed', verify_error } }, unread: [backup.id] }),
      );
    expect(failed('DECOMPRESS ERROR: x').obstacles).toEqual([
      'the backup failed its verification: DECOMPRESS ERROR: x',
    ]);
    expect(failed('DOWNLOAD ERROR: x')).toMatchObject({
      obstacles: [],
      warnings: [expect.stringContaining('DOWNLOAD')],
    });
  });
});

describe('a preview', () => {
  it('describes a restore without blockers', () => {
    expect(lines(findings())).toEqual({ obstacles: [], warnings: [] });
  });

  it('says what each inspection found, or why it found nothing', () => {
    const unread = new DownloadError('gone', { hint: 'Look elsewhere.' });
    const unreachable = new RestoreError('cannot connect', { hint: 'Check it.' });
    const answer = preview(findings({ object: unread, target: unreachable, rights: unreachable }));
    expect(answer.obstacles).toEqual([
      'DOWNLOAD ERROR: gone. Look elsewhere.',
      'RESTORE ERROR: cannot connect. Check it.',
    ]);
    expect(answer.warnings).toEqual([]);
    expect(answer).toMatchObject({
      object: { bytes: null },
      server_version: null,
      database_exists: null,
      extensions: [],
    });
    expect(lines(findings({ rights: unreachable }))).toEqual({
      obstacles: [],
      warnings: ['RESTORE ERROR: cannot connect. Check it.'],
    });
  });

  it('lists what would be replaced: for an archive, only its own objects', () => {
    const table = (schema: string | null, name: string, bytes: number) => ({ schema, name, rows: 1.4, bytes });
    const tables = [table('sales', 'orders', 10), table('sales', 'notes', 20), table('other', 'orders', 30)];
    expect(preview(findings({ target: target({ tables }) })).overwritten).toEqual({
      exact: true,
      tables: [{ name: 'sales.orders', rows_estimated: 1, bytes: 10 }],
      table_count: 1,
      rows_estimated: 1,
      bytes: 10,
    });
    for (const look of [
      object({ kind: 'sql', toc: undefined, archiveVersion: undefined }),
      new DownloadError('gone'),
    ]) {
      const { overwritten } = preview(findings({ object: look, target: target({ tables }) }));
      expect(overwritten).toMatchObject({ exact: false, table_count: 3, bytes: 60, rows_estimated: 3 });
      expect(overwritten.tables.map(({ name }) => name)).toEqual(['other.orders', 'sales.notes', 'sales.orders']);
    }
    const own = preview(
      inMysql({ object: object({ kind: 'sql', toc: undefined }), target: target({ tables: [table(null, 'a.b', 1)] }) }),
    );
    expect(own.overwritten.tables).toEqual([{ name: 'a.b', rows_estimated: 1, bytes: 1 }]);
  });

  it('lists the 500 largest tables, and counts all', () => {
    const tables = Array.from({ length: 700 }, (_, index) => ({
      schema: null,
      name: `t${index}`,
      rows: 2,
      bytes: index,
    }));
    const { overwritten } = preview(inMysql({ object: undefined, target: target({ tables }) }));
    expect(overwritten.tables).toHaveLength(500);
    expect(overwritten.tables[0]).toEqual({ name: 't699', rows_estimated: 2, bytes: 699 });
    expect(overwritten).toMatchObject({ table_count: 700, rows_estimated: 1400, bytes: (699 * 700) / 2 });
  });

  it('lists up to 500 objects that block the restore', () => {
    const dependencies = Array.from({ length: 510 }, (_, index) => view(`v${index}`));
    const look = target({ postgres: { dependencies, availableExtensions: new Set(), powers: [] } });
    const { obstacles } = lines(findings({ target: look }));
    expect(obstacles).toHaveLength(501);
    expect(obstacles[0]).toBe(
      'view public.v0 depends on table sales.orders, in database shop. ' +
        'Drop them, or restore into another database with target_database.',
    );
    expect(obstacles.at(-1)).toBe('and 10 more');
  });

  it('says that a dump needs a trusted connection if the user has more privileges than an owner', () => {
    const entry = { desc: 'FUNCTION', namespace: 'app', tag: 'f()', demand: 'a function in the language c' };
    const look = target({
      postgres: { dependencies: [], availableExtensions: new Set(), powers: ['is a superuser'] },
    });
    const of = (trusted: boolean, found: TargetLook) =>
      lines(
        findings({
          plan: { backup: aBackup({ verify_status: 'passed' }), target: aConnection({ trusted }), database: 'shop' },
          object: object({ toc: toc([entry]) }),
          target: found,
        }),
      ).obstacles;
    expect(of(false, look)).toEqual([
      expect.stringContaining('needs a trusted connection: FUNCTION app.f() (a function in the language c)'),
    ]);
    expect(of(true, look)).toEqual([]);
    expect(of(false, target())).toEqual([]);
  });

  describe('objects in unread parts of a dump that only a superuser may create', () => {
    const of = (head: Parameters<typeof object>[0], trusted: boolean, powers: string[]) =>
      lines(
        findings({
          plan: { backup: aBackup({ verify_status: 'passed' }), target: aConnection({ trusted }), database: 'shop' },
          object: object(head),
          target: target({ postgres: { dependencies: [], availableExtensions: new Set(), powers } }),
        }),
      );

    it('are reported as unknown for plain SQL', () => {
      const plain = { kind: 'sql' as const, toc: undefined, archiveVersion: undefined, serverVersion: undefined };
      const { obstacles, warnings } = of(plain, false, ['is a superuser']);
      expect(obstacles).toEqual([]);
      const unknown =
        'the contents of the backup are not fully known, so an obstacle may be found late: verify the backup again';
      expect(warnings).toEqual([
        unknown,
        expect.stringMatching(/^the dump is plain SQL: if .* is only found during the load\./),
      ]);
      for (const [trusted, powers] of [
        [true, ['is a superuser']],
        [false, []],
      ] satisfies [boolean, string[]][])
        expect(of(plain, trusted, powers)).toEqual({ obstacles: [], warnings: [unknown] });
    });

    it("cause the restore's refusal if the archive's table of contents is too long", () => {
      const { obstacles } = of({ toc: undefined }, false, ['is a superuser']);
      expect(obstacles).toEqual([
        expect.stringContaining(
          'needs a trusted connection: its table of contents is too large to see what it creates',
        ),
      ]);
      expect(of({ toc: undefined }, true, ['is a superuser']).obstacles).toEqual([]);
    });
  });

  it('names extensions that the server lacks', () => {
    const extended = toc([
      { desc: 'EXTENSION', tag: 'postgis' },
      { desc: 'EXTENSION', tag: 'plpgsql' },
      { desc: 'COMMENT', tag: 'EXTENSION x' },
    ]);
    const answer = preview(findings({ object: object({ toc: extended }) }));
    expect(answer.extensions).toEqual([
      { name: 'postgis', available: false },
      { name: 'plpgsql', available: true },
    ]);
    expect(answer.warnings).toEqual([expect.stringContaining('lacks the extension postgis')]);
    const blind = preview(findings({ object: object({ toc: extended }), target: new RestoreError('no') }));
    expect(blind.extensions[0]).toEqual({ name: 'postgis', available: null });
    expect(blind.warnings).toEqual([]);
  });

  it('recognises archives that are newer than every pg_restore', () => {
    const newer = lines(
      findings({ object: object({ archiveVersion: '1.17', toc: undefined, serverVersion: undefined }) }),
    );
    expect(newer.obstacles).toEqual([
      expect.stringMatching(
        /^RESTORE ERROR: the archive has format 1\.17, which is newer than any that this service knows\. Update this service/,
      ),
    ]);
    const unread = lines(
      findings({ object: object({ archiveVersion: '1.16', toc: undefined, serverVersion: undefined }) }),
    );
    expect(unread).toEqual({ obstacles: [], warnings: [expect.stringContaining('table of contents is too long')] });
    expect(lines(inMysql()).obstacles).toEqual([
      expect.stringContaining('the dump is a PostgreSQL archive, and the target is mysql'),
    ]);
  });

  it('warns about a server that is older than the dumped one', () => {
    expect(lines(findings({ target: target({ serverVersion: '14.9 (Debian)' }) })).warnings).toEqual([
      "the target's version, 14.9, is older than that of the server that was dumped, 15.18",
    ]);
    expect(lines(findings({ target: target({ serverVersion: '16.1' }) })).warnings).toEqual([]);
  });

  it('counts who is connected, and lists up to 500', () => {
    const sessions = Array.from({ length: 600 }, () => ({ user: 'app', application: '', address: null }));
    const answer = preview(findings({ target: target({ sessions }) }));
    expect(answer.connected).toHaveLength(500);
    expect(answer.warnings).toEqual([expect.stringMatching(/^600 other session/)]);
  });

  it('reports a missing privilege as an obstacle, unless a restore succeeds without it', () => {
    const right = { granted: false, needed_for: 'something' };
    const rights = [
      { ...right, right: 'CREATEDB', required: true },
      { ...right, right: 'SUPERUSER', required: false },
      { ...right, right: 'CONNECT', required: true, granted: true },
    ];
    const answer = preview(findings({ rights }));
    expect(answer.obstacles).toEqual(['jagad lacks a right: CREATEDB, for something']);
    expect(answer.rights).toEqual(rights);
  });
});

describe('the state of the verification', () => {
  const of = (
    verify_status: 'pending' | 'verifying' | 'failed',
    verify: Findings['verify'],
    verify_error: string | null = null,
  ) => {
    const backup = aBackup({ verify_status, verify_error });
    return lines(findings({ plan: { backup, target: aConnection(), database: 'shop' }, verify }));
  };

  it('is unknown', () => {
    expect(of('pending', 'always').warnings).toEqual([
      'the backup has never been verified; the restore verifies it first',
    ]);
    expect(of('pending', 'skip').warnings).toEqual(['the backup has never been verified, and is restored as it is']);
    expect(of('verifying', 'recent').warnings).toEqual([expect.stringContaining('is being verified now')]);
  });

  it.each([
    ['passed', []],
    ['pending', ['the backup has never been verified; the restore verifies it first']],
  ] as const)('is %s, with a later attempt that could not read it', (verify_status, before) => {
    const error = { code: 'DOWNLOAD_ERROR', message: 'DOWNLOAD ERROR: the storage did not answer' };
    const backup = aBackup({ verify_status, verify_attempt: { at: '2026-11-22T02:00:00.000Z', error } });
    const plan = { backup, target: aConnection(), database: 'shop' };
    expect(lines(findings({ plan, verify: 'always' })).warnings).toEqual([
      ...before,
      'the last attempt to verify the backup, at 2026-11-22T02:00:00.000Z, gave no result: DOWNLOAD ERROR: the storage did not answer',
    ]);
  });

  it('is failed', () => {
    const line = 'the backup failed its verification: CHECKSUM MISMATCH: x';
    expect(of('failed', 'always', 'CHECKSUM MISMATCH: x')).toEqual({ obstacles: [line], warnings: [] });
    expect(of('failed', 'skip', 'CHECKSUM MISMATCH: x')).toEqual({ obstacles: [], warnings: [line] });
    expect(of('failed', 'always', 'DOWNLOAD ERROR: x').obstacles).toEqual([]);
    expect(of('failed', 'always').obstacles).toEqual([expect.stringContaining('the reason was not recorded')]);
  });
});
