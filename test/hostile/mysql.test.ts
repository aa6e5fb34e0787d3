/**
 * Dumps by an attacker who can write to the bucket, loaded by a connection with all rights. Whatever they contain: no
 * other database, user, global variable or file changes, and nothing from outside the target gets into it.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openSession, type Session } from '../../lib/local/demo/session.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { ContentCheck } from '../../lib/pipeline/verification/content-check.ts';
import { EVERY_CASE } from '../support/every-case.ts';
import { emptyDatabase, loadWithEngine, withDump } from '../support/mysql-load.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';
import { type Attack, attacksWith, dumpOf, SECRET } from './attacks-mysql.ts';

/** The reasons for which verification refuses a dump. */
function verify(dump: Buffer, dbType: 'mysql' | 'mariadb'): void {
  const check = new ContentCheck('dump', dbType);
  check.push(dump);
  check.end();
  check.checkAccepted();
}

describe.each(['mariadb', 'mysql'] as const)('%s', (dbType) => {
  let server: RunningServer;
  let session: Session;
  let directory: string;
  let file: string;
  beforeAll(async () => {
    const started = await startServer(dbType, ['--secure-file-priv=', '--local-infile=1']);
    if (started === undefined) return;
    server = started;
    session = await openSession(server);
    directory = await mkdtemp('/tmp/jagad-hostile-');
    file = join(directory, 'secret.txt');
    await writeFile(file, `${SECRET}\n`, { mode: 0o644 });
    await chmod(directory, 0o755);
    await session.rows("CREATE USER witness@'%' IDENTIFIED BY 'x'");
  });
  afterAll(async () => {
    await session?.end();
    await server?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true });
  });
  beforeEach(async (context) => {
    if (server === undefined) return context.skip(NO_MYSQL);
    await emptyDatabase(server, 'target');
    await emptyDatabase(server, 'victim');
    await session.rows('CREATE TABLE victim.v (a text)');
    await session.rows('CREATE TABLE victim.my (a int) ENGINE=MyISAM');
    await session.rows('CREATE TABLE victim.parent (a int PRIMARY KEY)');
    await session.rows(`INSERT INTO victim.v VALUES ('${SECRET}')`);
    if (dbType === 'mariadb') await session.rows('CREATE SEQUENCE victim.s');
    await session.rows('CREATE VIEW target.old_view AS SELECT * FROM victim.v');
  });

  /** Everything that must not change. */
  async function witnesses(): Promise<unknown> {
    return {
      tables: await session.rows('SHOW TABLES IN victim'),
      rows: await session.rows('SELECT * FROM victim.v').catch(() => 'gone'),
      merged: await session.rows('SELECT * FROM victim.my'),
      next: dbType === 'mariadb' ? await session.rows('SELECT next_not_cached_value FROM victim.s') : undefined,
      keys: await session.rows(
        "SELECT * FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE UNIQUE_CONSTRAINT_SCHEMA = 'victim'",
      ),
      users: await session.rows('SELECT User FROM mysql.user ORDER BY 1'),
      connections: await session.rows('SELECT @@GLOBAL.max_connections AS n'),
    };
  }

  const attacks = attacksWith('').filter(({ on }) => on === undefined || on === dbType);
  // those before it are about how a dump is read, which each server does in its own way
  const readings = attacks.findIndex(({ name }) => name === 'INSERT … SELECT');
  const tried = attacks.filter(({ on }, at) => EVERY_CASE || dbType === 'mariadb' || on === dbType || at < readings);
  it.each(tried.map(({ name }) => name))('%s', async (name) => {
    const { sql, loads = false } = attacksWith(file).find((one) => one.name === name) as Attack;
    const dump = dumpOf(sql);
    const before = await witnesses();
    const load = loadWithEngine(server, 'target', Readable.from([dump]) as AsyncIterable<Buffer>, { sessions: 2 });
    const error = await load.then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(await witnesses()).toEqual(before);
    await session.rows('DROP VIEW IF EXISTS target.old_view, target.w');
    expect(await withDump(server, 'target', (made) => text(made))).not.toContain(SECRET);
    if (loads) {
      expect(error).toBeUndefined();
      expect(() => verify(dump, dbType)).not.toThrow();
    } else if (!/ERROR 1064/.test(error?.message ?? '')) {
      // unless the server itself refuses a second statement: only it knows where the first one ends
      expect(error?.message).toMatch(/^line \d+: .*not accepted/);
      expect(() => verify(dump, dbType)).toThrow(/^line \d+: .*not accepted/);
    }
  });
});
