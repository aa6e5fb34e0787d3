/**
 * What clusters refuse, on real ones of one node each: the restore is refused while the target is untouched, or warns, and
 * succeeds once the obstacle is removed. Skipped where the plugins aren't installed: GALERA_PROVIDER is the path of Galera's
 * libgalera_smm.so (Debian's package galera-4); Group Replication comes with MySQL.
 */
import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FindingId } from '../../../lib/engines/preflight/findings.ts';
import { FINDINGS } from '../../../lib/engines/preflight/findings.ts';
import { freePort } from '../../../lib/local/servers/free-port.ts';
import type { RunningServer } from '../../../lib/local/servers/throwaway.ts';
import { runSql } from '../../support/harness.ts';
import { dumpOfStatements, emptyDatabase, loadWithEngine } from '../../support/mysql-load.ts';
import { NO_MYSQL, startServer } from '../../support/servers.ts';

const PROVIDERS = [process.env.GALERA_PROVIDER ?? '', '/usr/lib/galera/libgalera_smm.so'];
const GROUP = 'a6b5f4d0-0000-4000-8000-000000000001';

const LIVE = ['CREATE TABLE a_first (id int PRIMARY KEY)', 'INSERT INTO a_first VALUES (41)'];
const FIRST = ['CREATE TABLE a_first (id int PRIMARY KEY)', 'INSERT INTO a_first VALUES (1), (2)'];
const KEYLESS = ['CREATE TABLE keyless (id int)', 'INSERT INTO keyless VALUES (1)'];
const KEYED = ['CREATE TABLE keyless (id int PRIMARY KEY)', 'INSERT INTO keyless VALUES (1)'];
const MYISAM = ['CREATE TABLE other (id int PRIMARY KEY) ENGINE=MyISAM', 'INSERT INTO other VALUES (1)'];
const child = (action: string) => [
  `CREATE TABLE child (id int PRIMARY KEY, CONSTRAINT c FOREIGN KEY (id) REFERENCES a_first (id) ${action})`,
  'INSERT INTO child VALUES (1)',
];

interface Case {
  id: FindingId;
  dump: string[];
  settings?: Record<string, string>;
  message: RegExp;
  /** Refused, if not said. */
  outcome?: 'warning';
  /** If no statement removes it: what restores in the place of `dump`. */
  instead?: string[];
}

async function startGalera(): Promise<RunningServer | string> {
  const provider = PROVIDERS.find((path) => existsSync(path));
  if (provider === undefined) return 'Galera is not installed: set GALERA_PROVIDER to its libgalera_smm.so';
  const args = [
    ...['--binlog-format=ROW', '--innodb-autoinc-lock-mode=2', '--wsrep-on=ON', `--wsrep-provider=${provider}`],
    ...['--wsrep-cluster-address=gcomm://', '--wsrep-cluster-name=one', '--wsrep-node-address=127.0.0.1'],
    `--wsrep-provider-options=gmcast.listen_addr=tcp://127.0.0.1:${await freePort()};pc.recovery=no;gcache.size=8M`,
  ];
  return (await startServer('mariadb', args)) as RunningServer;
}

/** @param everywhere whether all members take writes */
async function startGroup(everywhere: boolean): Promise<RunningServer | string> {
  const server = await startServer('mysql', [
    ...[
      '--log-bin=binlog',
      '--server-id=1',
      '--gtid-mode=ON',
      '--enforce-gtid-consistency=ON',
      '--report-host=127.0.0.1',
    ],
    ...['--plugin-load-add=group_replication.so', `--group-replication-group-name=${GROUP}`],
    ...['--group-replication-start-on-boot=OFF', '--group-replication-ip-allowlist=127.0.0.1'],
    `--group-replication-local-address=127.0.0.1:${await freePort()}`,
    `--group-replication-single-primary-mode=${everywhere ? 'OFF' : 'ON'}`,
    `--group-replication-enforce-update-everywhere-checks=${everywhere ? 'ON' : 'OFF'}`,
  ]);
  if (server === undefined) return NO_MYSQL;
  await runSql(server, undefined, ['SET GLOBAL group_replication_bootstrap_group = ON', 'START GROUP_REPLICATION']);
  return server;
}

const CLUSTERS: { name: string; start: () => Promise<RunningServer | string>; cases: Case[] }[] = [
  {
    name: 'Galera',
    start: startGalera,
    cases: [
      {
        id: 'galera-write-set',
        dump: [
          'CREATE TABLE large (id int PRIMARY KEY, v longtext)',
          "INSERT INTO large VALUES (1, REPEAT('x', 200000))",
        ],
        settings: { wsrep_max_ws_size: '100000' },
        message: /has 2000\d\d bytes, and the cluster takes 100000 in one transaction \(wsrep_max_ws_size\)$/,
      },
      {
        id: 'galera-schema-upgrades',
        dump: [],
        settings: { wsrep_OSU_method: "'RSU'" },
        message: /\(wsrep_OSU_method is RSU\)/,
      },
      { id: 'galera-primary-key', dump: KEYLESS, outcome: 'warning', message: /have no primary key, .*: keyless/ },
      { id: 'galera-engine', dump: MYISAM, outcome: 'warning', message: /the dump has others: other \(MyISAM\)/ },
      {
        id: 'galera-refused',
        dump: KEYLESS,
        settings: { wsrep_mode: "'REQUIRED_PRIMARY_KEY'" },
        message: /keyless \(wsrep_mode has REQUIRED_PRIMARY_KEY\)$/,
      },
      {
        id: 'galera-refused',
        dump: MYISAM,
        settings: { wsrep_mode: "'STRICT_REPLICATION'" },
        message: /other \(MyISAM\) \(wsrep_mode has STRICT_REPLICATION\)$/,
      },
    ],
  },
  {
    name: 'Group Replication',
    start: () => startGroup(false),
    cases: [
      {
        id: 'group-refused',
        dump: KEYLESS,
        instead: KEYED,
        message: /no rows of tables without a primary key, .*: keyless$/,
      },
      { id: 'group-refused', dump: MYISAM, instead: KEYED, message: /has others: other \(MyISAM\)$/ },
    ],
  },
  {
    name: 'Group Replication with updates everywhere',
    start: () => startGroup(true),
    cases: [
      {
        id: 'group-foreign-keys',
        dump: child('ON DELETE CASCADE'),
        instead: child('ON DELETE RESTRICT'),
        message: /whose foreign keys cascade \(group_replication_enforce_update_everywhere_checks\), .*: child$/,
      },
    ],
  },
];

describe.each(CLUSTERS)('$name', ({ start, cases }) => {
  let server: RunningServer | undefined;
  let without = '';
  let source: RunningServer | undefined;
  beforeAll(async () => {
    const started = await start();
    if (typeof started === 'string') {
      without = started;
      return;
    }
    server = started;
    // clusters refuse to make what they refuse to restore
    source = await startServer(started.dbType);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([server?.stop(), source?.stop()]);
  });
  beforeEach((context) => {
    if (server === undefined) context.skip(without);
  });

  it.each(cases)('$id: $message', async ({ id, dump, settings = {}, message, outcome, instead }) => {
    if (server === undefined || source === undefined) return;
    const bytes = await dumpOfStatements(source, [...FIRST, ...dump]);
    const load = (what: Buffer) =>
      loadWithEngine(server as RunningServer, 'parts', Readable.from([what]) as AsyncIterable<Buffer>);
    const rowsOfFirst = async () =>
      (await runSql(server as RunningServer, 'parts', ['SELECT id FROM a_first ORDER BY id'])).map(({ id }) => id);
    await emptyDatabase(server, 'parts');
    await runSql(server, 'parts', LIVE);
    await runSql(
      server,
      undefined,
      Object.entries(settings).map(([name, value]) => `SET GLOBAL ${name} = ${value}`),
    );
    try {
      if (outcome === 'warning') {
        expect((await load(bytes)).filter((line) => message.test(line))).toHaveLength(1);
        expect(await rowsOfFirst()).toEqual([1, 2]);
        return;
      }
      const refused = await load(bytes).then(
        () => undefined,
        (error: Error & { hint?: string }) => error,
      );
      expect(refused?.message).toMatch(message);
      expect(refused?.hint).toContain(FINDINGS[id].remedy);
      expect(await rowsOfFirst()).toEqual([41]);
      if (instead !== undefined) {
        await load(await dumpOfStatements(source, [...FIRST, ...instead]));
      } else {
        const [, statement = ''] = /Run: (.*);$/.exec(refused?.hint ?? '') ?? [];
        await runSql(server, undefined, [statement]);
        await load(bytes);
      }
      expect(await rowsOfFirst()).toEqual([1, 2]);
    } finally {
      await runSql(
        server,
        undefined,
        Object.keys(settings).map((name) => `SET GLOBAL ${name} = DEFAULT`),
      );
    }
  });
});
