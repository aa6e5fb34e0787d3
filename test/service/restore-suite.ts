import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbType } from '../../lib/databases/names.ts';
import { fingerprint } from '../../lib/local/demo/sample/sample-data.ts';
import { quoteName } from '../../lib/local/demo/session.ts';
import { EVERY_CASE, everyCase } from '../support/every-case.ts';
import { expected, fixtureBytes, type Harness, startHarness } from '../support/harness.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';

/** Names that a tool might take for something else, or that need quoting. */
const HARD_NAMES = ['Großer Laden "2" mit \'Anführung\' `und` Rest', '-leading', 'back\\slash'];
/** Names that libpq's programs take for connection strings. */
const HARD_POSTGRES_NAMES = ['host=elsewhere dbname=postgres', 'postgresql://elsewhere/postgres'];

/** What each engine has to get right with Jagad's own fixtures. */
export function restoreSuite(dbType: DbType, damage: string[]): void {
  const wanted = dbType === 'postgresql' ? expected.postgresql.row : expected['mysql and mariadb'].row;

  describe(`restoring ${dbType}`, () => {
    let harness: Harness | undefined;
    let stopServer = async () => {};

    beforeAll(async () => {
      const server = await startServer(dbType);
      if (server === undefined) return;
      stopServer = server.stop;
      harness = await startHarness(server);
    });
    afterAll(async () => {
      await harness?.stop();
      await stopServer();
    });
    beforeEach((context) => {
      if (harness === undefined) context.skip(NO_MYSQL);
    });

    it.each(everyCase<readonly [kind: string, index: 0 | 1]>([['encrypted', 0]], [['plain', 1]]))(
      'restores the %s fixture to an empty server, over damaged data, and twice over itself',
      async (_, index) => {
        const { backups, restore, answer, sql } = harness as Harness;
        const database = `shop_${index}`;
        const request = { target_database: database };
        // an event of a copy does not run
        const warnings =
          dbType === 'postgresql'
            ? []
            : [
                `event \`purge_audit\` is disabled in this copy; to have it run: ALTER EVENT \`${database}\`.\`purge_audit\` ENABLE`,
              ];
        expect(await restore(backups[index], request)).toMatchObject({ status: 'success', error: null, warnings });
        expect(await answer(database)).toBe(wanted);

        await sql(database, ...damage);
        expect(await answer(database).catch(() => 'broken')).not.toBe(wanted);
        expect(await restore(backups[index], request)).toMatchObject({ status: 'success', warnings });
        expect(await answer(database)).toBe(wanted);

        expect(await restore(backups[index], request)).toMatchObject({ status: 'success', warnings });
        expect(await answer(database)).toBe(wanted);
      },
    );

    it('writes the log that users know', async () => {
      const { backups, addBackup, restore, api } = harness as Harness;
      // a copy, as the checksum of the first one is stored once it has been verified
      const copy = await addBackup(backups[1], fixtureBytes(backups[1].storage_path));
      const [encrypted, plain] = await Promise.all([
        restore(backups[0], { target_database: 'log_0' }),
        restore(copy, { target_database: 'log_1' }),
      ]);
      const succeeded = { status: 'success', error: null };
      expect([encrypted, plain]).toMatchObject([succeeded, succeeded]);
      const lines = encrypted.log_output
        .split('\n')
        .filter((line) => /^(DOWNLOAD|DECRYPT|DECOMPRESS|RESTORE)/.test(line));
      expect(lines).toEqual([
        expect.stringMatching(new RegExp(`^DOWNLOAD: ${backups[0].storage_path} \\(\\d+ bytes\\)$`)),
        'DECRYPT: OK (AES-256-GCM)',
        expect.stringMatching(new RegExp(`^DECOMPRESS: \\d+ -> ${backups[0].size_bytes} bytes$`)),
        'RESTORE: OK',
      ]);
      expect(plain.log_output).not.toContain('DECRYPT');
      expect(plain.log_output).toMatch(/^CHECKSUM: none was stored; .* is stored now$/m);
      expect((await api.call('GET', `/api/restores/${plain.id}/logs`)).body).toMatchObject({
        log_output: plain.log_output,
      });
      expect(plain).toMatchObject({ progress: { stage: 'done', bytes_done: plain.progress?.bytes_total } });
      expect(plain.duration_ms).toBeGreaterThan(0);
    });

    const names = [...HARD_NAMES, ...(dbType === 'postgresql' ? HARD_POSTGRES_NAMES : [])];
    it.each(names.filter((_, index) => EVERY_CASE || index === 0 || index === names.length - 1))(
      'restores to a database called %s, and leaves the others alone',
      async (name) => {
        const { backups, restore, answer, sql, server } = harness as Harness;
        // the source's namesake, as a bystander
        await sql(
          undefined,
          `DROP DATABASE IF EXISTS ${quoteName(dbType, 'shop')}`,
          `CREATE DATABASE ${quoteName(dbType, 'shop')}`,
        );
        await sql('shop', 'CREATE TABLE customers (id integer PRIMARY KEY)', 'INSERT INTO customers VALUES (7)');
        const before = await fingerprint(server, 'shop');
        expect(await restore(backups[1], { target_database: name })).toMatchObject({ status: 'success' });
        expect(await answer(name)).toBe(wanted);
        expect(await fingerprint(server, 'shop')).toEqual(before);
      },
    );
  });
}
