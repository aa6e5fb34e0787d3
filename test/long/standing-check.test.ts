/** What a night of the standing check costs for a fleet of 2,000 databases: time, and requests to each service. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { MysqlDumpContents } from '../../lib/formats/mysql-dump/contents.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { checkPart } from '../../lib/restores/standing-check/check-part.ts';
import type { StandingCheckPart } from '../../lib/restores/standing-check/states.ts';
import { startFleet } from '../support/fleet.ts';
import { runSql } from '../support/harness.ts';
import { completeDump } from '../support/mysql-load.ts';
import { startServer } from '../support/servers.ts';

const CONNECTIONS = 40;
const DATABASES = 50;
const TABLE = 'CREATE TABLE a (id int PRIMARY KEY, body longtext)';

it('2,000 databases are checked', async () => {
  const server = (await startServer('mariadb')) as RunningServer;
  const dump = await completeDump(server, [TABLE, 'INSERT INTO a VALUES (1, REPEAT("x", 100000))']);
  const contents = new MysqlDumpContents().contents(dump.length, {
    ...{ serverVersion: undefined, tool: undefined, database: undefined },
  });
  const fleet = await startFleet({ server, connections: CONNECTIONS, databases: DATABASES, dump, contents });
  try {
    const names = Array.from({ length: CONNECTIONS * DATABASES }, (_, index) => {
      return `db_${Math.floor(index / DATABASES)}_${index % DATABASES}`;
    });
    for (const name of names) {
      await runSql(server, undefined, [`CREATE DATABASE ${name}`, `CREATE TABLE ${name}.a (id int PRIMARY KEY)`]);
    }
    const before = await runSql(server, undefined, ["SHOW GLOBAL STATUS LIKE 'Questions'"]);
    const started = performance.now();
    const job_id = randomUUID();
    let part = { subject_id: null } as StandingCheckPart;
    let parts = 0;
    for (let more = true; more; parts++) {
      const { more: isMore, ...next } = await checkPart(fleet.checker, { job_id, part });
      [part, more] = [next, isMore];
    }
    const seconds = (performance.now() - started) / 1000;
    const after = await runSql(server, undefined, ["SHOW GLOBAL STATUS LIKE 'Questions'"]);
    const statements = Number(after[0]?.Value) - Number(before[0]?.Value);
    console.log(JSON.stringify({ seconds, parts, counts: part.counts, ...fleet.requests, statements }));
    expect(part.counts).toMatchObject({ checked: CONNECTIONS * DATABASES, unknown: 0, no: 0 });
  } finally {
    await fleet.stop();
    await server.stop();
  }
}, 3_600_000);
