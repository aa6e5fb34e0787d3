import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { recoveryTargetOf } from '../../lib/backups/physical/take-out.ts';
import { Conflict, Impossible, NotFound } from '../../lib/errors/errors.ts';
import { furtherRestoreId } from '../../lib/restores/admission/idempotency.ts';
import {
  executionInput,
  newRestores,
  planRestores,
  restoreBody,
  targetKey,
  targetRefusals,
} from '../../lib/restores/request.ts';
import { aBackup, aConnection } from '../support/records.ts';

describe('planning restores', () => {
  it('restores to the backup’s own database and to the one asked for', () => {
    const [backup, target] = [aBackup(), aConnection()];
    expect(planRestores({}, backup, target)).toEqual([{ backup, target, database: 'shop' }]);
    expect(planRestores({ target_database: null }, backup, target)[0].database).toBe('shop');
    expect(planRestores({ target_database: 'shop2' }, backup, target)[0].database).toBe('shop2');
  });

  it('restores each database of a physical backup to its own place', () => {
    const backup = aBackup({ engine: 'pgbackrest', backup_type: 'incremental' });
    const databases = [
      { from: 'shop', to: 'shop_restored' },
      { from: 'crm', to: 'crm' },
    ];
    const plans = planRestores({ databases }, backup, aConnection());
    expect(plans.map(({ database }) => database)).toEqual(['shop_restored', 'crm']);
  });

  const mysql = { db_type: 'mysql' } as const;
  it.each([
    ['a missing backup', {}, undefined, aConnection(), NotFound, 'backup not found'],
    ['neither a backup nor a pick', {}, undefined, undefined, NotFound, 'backup not found'],
    [
      'a running backup',
      {},
      aBackup({ status: 'running' }),
      aConnection(),
      Conflict,
      'cannot restore backup with status: running',
    ],
    [
      'a failed backup',
      {},
      aBackup({ status: 'failed' }),
      aConnection(),
      Conflict,
      'cannot restore backup with status: failed',
    ],
    [
      'a running increment',
      {},
      aBackup({ status: 'running', backup_type: 'incremental' }),
      undefined,
      Conflict,
      'cannot restore backup with status: running',
    ],
    [
      'an increment',
      {},
      aBackup({ backup_type: 'incremental' }),
      aConnection(),
      Impossible,
      'cannot restore an incremental backup made by an unknown tool',
    ],
    [
      'databases for a dump',
      { databases: [{ from: 'a', to: 'b' }] },
      aBackup(),
      aConnection(),
      Impossible,
      'this backup is a dump, which does not support databases',
    ],
    [
      'a point in time for a dump',
      { point_in_time: '2026-11-22T02:00:00Z' },
      aBackup(),
      aConnection(),
      Impossible,
      'this backup is a dump, which does not support point_in_time',
    ],
    [
      'a whole server',
      {},
      aBackup({ engine: 'pgbackrest' }),
      aConnection(),
      Impossible,
      'this backup holds a whole server: say which databases to restore',
    ],
    [
      'two ways to name the target',
      { target_database: 'a', databases: [{ from: 'a', to: 'b' }] },
      aBackup({ engine: 'pgbackrest' }),
      aConnection(),
      Impossible,
      'target_database and databases are both given',
    ],
    [
      'two databases with the same target',
      {
        databases: [
          { from: 'a', to: 'x' },
          { from: 'b', to: 'x' },
        ],
      },
      aBackup({ engine: 'pgbackrest' }),
      aConnection(),
      Impossible,
      'two databases would both become x',
    ],
    [
      'a system database',
      { databases: [{ from: 'a', to: 'template1' }] },
      aBackup({ engine: 'pgbackrest' }),
      aConnection(),
      Impossible,
      'template1 is a database of the server itself',
    ],
    ['a missing target', {}, aBackup(), undefined, NotFound, 'target connection not found'],
    [
      'a different engine',
      {},
      aBackup(),
      aConnection(mysql),
      Impossible,
      'cannot restore a postgresql backup to a mysql server',
    ],
    [
      'mariadb to mysql',
      {},
      aBackup({ db_type: 'mariadb' }),
      aConnection(mysql),
      Impossible,
      'cannot restore a mariadb backup to a mysql server',
    ],
    [
      '64 bytes',
      { target_database: 'x'.repeat(64) },
      aBackup(),
      aConnection(),
      Impossible,
      'the database name is longer than postgresql allows',
    ],
    [
      '64 bytes in 32 characters',
      { target_database: 'é'.repeat(32) },
      aBackup(),
      aConnection(),
      Impossible,
      'the database name is longer than postgresql allows',
    ],
    [
      'a long database name from the backup',
      {},
      aBackup({ database_name: 'x'.repeat(64) }),
      aConnection(),
      Impossible,
      'the database name is longer than postgresql allows',
    ],
  ])('refuses %s', (_, request, backup, target, kind, message) => {
    const plan = () => planRestores(request, backup, target);
    expect(plan).toThrow(kind);
    expect(plan).toThrow(expect.objectContaining({ message, hint: expect.stringMatching(/\w.*\.$/) }));
  });

  it('accepts names as long as the engine does', () => {
    expect(planRestores({ target_database: 'x'.repeat(63) }, aBackup(), aConnection())[0].database).toHaveLength(63);
    const backup = aBackup(mysql);
    expect(planRestores({ target_database: '名'.repeat(64) }, backup, aConnection(mysql))[0].database).toHaveLength(64);
  });
});

describe('the body of a request', () => {
  const id = randomUUID();

  it.each([
    {},
    { target_connection: id },
    { target_connection: null, target_database: null },
    { target_database: 'a=b://' },
    { databases: [{ from: 'a', to: 'b' }], point_in_time: '2026-11-22T02:00:00+01:00' },
    { databases: [{ from: 'a', to: 'b' }], transaction_id: '742' },
    { databases: [{ from: 'a', to: 'b' }], gtid: '0-1-100,1-1-5' },
    { gtid: '3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5' },
  ])('%j is accepted', (body) => expect(restoreBody.parse(body)).toMatchObject(body));

  it.each([
    [{ target_databse: 'shop' }],
    [{ target_connection: 'not-a-uuid' }],
    [{ target_database: '' }],
    [{ target_database: 'x'.repeat(65) }],
    [{ target_database: 'a\0b' }],
    [{ target_database: 7 }],
    [{ trigger: 'event' }],
    [{ point_in_time: '2026-11-22T02:00:00' }],
    [{ point_in_time: '9999-12-31T23:59:59-01:00' }],
    [{ transaction_id: 742 }],
    [{ transaction_id: '0x2e6' }],
    [{ gtid: 'x' }],
    [{ restore_point: 'x'.repeat(64) }],
    [{ restore_point: 'before', transaction_id: '742' }],
    [{ databases: [] }],
    [{ databases: [{ from: 'a', to: 'half a character: \ud83d' }] }],
    [{ databases: [{ from: 'a' }] }],
    [{ backup_id: id }],
    [[]],
    [null],
  ])('%j is refused', (body) => expect(restoreBody.safeParse(body).success).toBe(false));

  it.each([
    [{ point_in_time: '2026-11-22 02:00' }, 'such as 2026-11-22T14:29:59+01:00'],
    [{ transaction_id: 742 }, 'digits, in quotes, such as "742"'],
  ])('%j is refused with an example', (body, example) => {
    expect(restoreBody.safeParse(body).error?.issues[0]?.message).toContain(example);
  });

  it('an execution that is started by hand needs only the backup', () => {
    expect(executionInput.parse({ backup_id: id })).toMatchObject({ backup_id: id, trigger: 'console' });
    expect(executionInput.parse({ backup_id: id, trigger: 'api' }).trigger).toBe('api');
    for (const wrong of [{}, { backup_id: 'x' }, { backup_id: id, trigger: 'x' }, { backup_id: id, password: 'x' }]) {
      expect(executionInput.safeParse(wrong).success).toBe(false);
    }
  });
});

it('a time keeps its microseconds, which PostgreSQL supports', () => {
  const timeOf = (point_in_time: string) => recoveryTargetOf(restoreBody.parse({ point_in_time }));
  expect(timeOf('2026-11-22T03:00:00.1234567+01:00')).toEqual({ kind: 'time', time: '2026-11-22T02:00:00.123456Z' });
  expect(timeOf('2026-11-22T03:00:00.5+01:00')).toEqual({ kind: 'time', time: '2026-11-22T02:00:00.500Z' });
});

it('a request for several databases creates a record for each, and they refer to each other', () => {
  const request = executionInput.parse({
    backup_id: randomUUID(),
    databases: [
      { from: 'a', to: 'x' },
      { from: 'b', to: 'y' },
    ],
    point_in_time: '2026-11-22T03:00:00+01:00',
  });
  const id = randomUUID();
  const restores = newRestores(id, request, furtherRestoreId, new Date());
  const ids = restores.map((restore) => restore.id);
  expect(ids[0]).toBe(id);
  expect(new Set(ids).size).toBe(2);
  expect(restores.map(({ target_database, recovery }) => [target_database, recovery])).toMatchObject([
    ['x', { restore_ids: ids, source_database: 'a', target: { kind: 'time', time: '2026-11-22T02:00:00.000Z' } }],
    ['y', { restore_ids: ids, source_database: 'b' }],
  ]);
  expect(newRestores(id, request, furtherRestoreId, new Date()).map((restore) => restore.id)).toEqual(ids);
});

it('a new restore is running, with nothing done yet', () => {
  const request = executionInput.parse({ backup_id: randomUUID(), trigger: 'api', target_database: 'b' });
  expect(newRestores('r', request, furtherRestoreId, new Date('2026-11-22T02:00:00Z'))[0]).toEqual({
    id: 'r',
    backup_id: request.backup_id,
    target_connection: null,
    target_database: 'b',
    status: 'running',
    trigger: 'api',
    warnings: [],
    error: null,
    progress: null,
    target_state: 'untouched',
    tables: null,
    duration_ms: null,
    log_output: '',
    execution_arn: null,
    verified: null,
    task: null,
    recovery: null,
    cancelled_by: null,
    task_stopped_at: null,
    claimed_by: null,
    worker_seen_at: null,
    stop_asked_at: null,
    started_at: '2026-11-22T02:00:00.000Z',
    completed_at: null,
    created_at: '2026-11-22T02:00:00.000Z',
  });
});

it('two connections to one server share their targets, but two databases or ports do not', () => {
  const key = (host: string, port = 5432, database = 'shop') =>
    targetKey({ target: aConnection({ host, port }), database });
  expect(key('DB.Example.com')).toBe(key('db.example.com'));
  const keys = [key('a'), key('b'), key('a', 5433), key('a', 5432, 'Shop'), key('a', 5432, 'shop2')];
  expect(new Set(keys).size).toBe(keys.length);
});

describe('a name', () => {
  const refused = (db_type: 'postgresql' | 'mysql' | 'mariadb', database: string) => {
    const plan = { backup: aBackup({ db_type }), target: aConnection({ db_type }), database };
    return targetRefusals(plan).map(({ message }) => message);
  };

  it('of a system database is refused', () => {
    expect(refused('mysql', 'MySQL')).toEqual(['MySQL is a database of the server itself']);
    expect(refused('mariadb', 'information_schema')).toHaveLength(1);
    expect(refused('postgresql', 'template1')).toHaveLength(1);
    expect(refused('postgresql', 'postgres')).toEqual([]);
    expect(refused('postgresql', 'mysql')).toEqual([]);
  });

  it.each(['shop 🐘', 'shop '])('that MySQL and MariaDB do not support is refused for them: "%s"', (name) => {
    expect(refused('mysql', name)).toEqual([expect.stringContaining('mysql allows no database name')]);
    expect(refused('mariadb', name)).toHaveLength(1);
    expect(refused('postgresql', name)).toEqual([]);
    expect(refused('mysql', ' größe 名')).toEqual([]);
  });
});

it('is the same target as another one if MySQL may treat them as equal', () => {
  const key = (db_type: 'postgresql' | 'mysql', host: string, database: string) =>
    targetKey({ target: aConnection({ db_type, host }), database });
  expect(key('mysql', 'db.example.org.', 'Shop')).toBe(key('mysql', 'db.example.org', 'shop'));
  expect(key('postgresql', 'db.example.org', 'Shop')).not.toBe(key('postgresql', 'db.example.org', 'shop'));
});
