import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Conflict, Impossible, NotFound } from '../../lib/domain/errors.ts';
import {
  executionInput,
  newRestore,
  planRestore,
  restoreBody,
  targetKey,
  targetRefusals,
} from '../../lib/domain/restore-request.ts';
import { aBackup, aConnection } from '../support/records.ts';

describe('planRestore', () => {
  it('restores to the backup’s own database and where it is asked to', () => {
    const [backup, target] = [aBackup(), aConnection()];
    expect(planRestore({}, backup, target)).toEqual({ backup, target, database: 'shop' });
    expect(planRestore({ target_database: null }, backup, target).database).toBe('shop');
    expect(planRestore({ target_database: 'shop2' }, backup, target).database).toBe('shop2');
  });

  const mysql = { db_type: 'mysql' } as const;
  it.each([
    ['no backup', {}, undefined, aConnection(), NotFound, 'backup not found'],
    ['neither of both', {}, undefined, undefined, NotFound, 'backup not found'],
    [
      'a running one',
      {},
      aBackup({ status: 'running' }),
      aConnection(),
      Conflict,
      'cannot restore backup with status: running',
    ],
    [
      'a failed one',
      {},
      aBackup({ status: 'failed' }),
      aConnection(),
      Conflict,
      'cannot restore backup with status: failed',
    ],
    [
      'a running incremental one',
      {},
      aBackup({ status: 'running', backup_type: 'incremental' }),
      undefined,
      Conflict,
      'cannot restore backup with status: running',
    ],
    [
      'an incremental one',
      {},
      aBackup({ backup_type: 'incremental' }),
      aConnection(),
      Impossible,
      'cannot restore an incremental backup',
    ],
    ['no target', {}, aBackup(), undefined, NotFound, 'target connection not found'],
    [
      'another engine',
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
      'a long name of its own',
      {},
      aBackup({ database_name: 'x'.repeat(64) }),
      aConnection(),
      Impossible,
      'the database name is longer than postgresql allows',
    ],
  ])('refuses %s', (_, request, backup, target, kind, message) => {
    const plan = () => planRestore(request, backup, target);
    expect(plan).toThrow(kind);
    expect(plan).toThrow(expect.objectContaining({ message, hint: expect.stringMatching(/\w.*\.$/) }));
  });

  it('takes names as long as the engine does', () => {
    expect(planRestore({ target_database: 'x'.repeat(63) }, aBackup(), aConnection()).database).toHaveLength(63);
    const backup = aBackup(mysql);
    expect(planRestore({ target_database: '名'.repeat(64) }, backup, aConnection(mysql)).database).toHaveLength(64);
  });
});

describe('the body of a request', () => {
  const id = randomUUID();

  it.each([
    {},
    { target_connection: id },
    { target_connection: null, target_database: null },
    { target_database: 'a=b://' },
  ])('%j is taken as it is', (body) => expect(restoreBody.parse(body)).toMatchObject(body));

  it.each([
    [{ target_databse: 'shop' }],
    [{ target_connection: 'not-a-uuid' }],
    [{ target_database: '' }],
    [{ target_database: 'x'.repeat(65) }],
    [{ target_database: 'a\0b' }],
    [{ target_database: 7 }],
    [{ trigger: 'event' }],
    [{ backup_id: id }],
    [[]],
    [null],
  ])('%j is refused', (body) => expect(restoreBody.safeParse(body).success).toBe(false));

  it('an execution started by hand needs the backup alone', () => {
    expect(executionInput.parse({ backup_id: id })).toMatchObject({ backup_id: id, trigger: 'console' });
    expect(executionInput.parse({ backup_id: id, trigger: 'api' }).trigger).toBe('api');
    for (const wrong of [{}, { backup_id: 'x' }, { backup_id: id, trigger: 'x' }, { backup_id: id, password: 'x' }]) {
      expect(executionInput.safeParse(wrong).success).toBe(false);
    }
  });
});

it('a new restore is running, with nothing done yet', () => {
  const request = executionInput.parse({ backup_id: randomUUID(), trigger: 'api', target_database: 'b' });
  expect(newRestore('r', request, new Date('2026-11-22T02:00:00Z'))).toEqual({
    id: 'r',
    backup_id: request.backup_id,
    target_connection: null,
    target_database: 'b',
    status: 'running',
    trigger: 'api',
    warnings: [],
    error: null,
    progress: null,
    duration_ms: null,
    log_output: '',
    execution_arn: null,
    verified: null,
    task: null,
    recovery: null,
    cancelled_by: null,
    task_stopped_at: null,
    started_at: '2026-11-22T02:00:00.000Z',
    completed_at: null,
    created_at: '2026-11-22T02:00:00.000Z',
  });
});

it('two connections to one server share their targets, two databases or ports do not', () => {
  const key = (host: string, port = 5432, database = 'shop') =>
    targetKey({ target: aConnection({ host, port }), database });
  expect(key('DB.Example.com')).toBe(key('db.example.com'));
  const keys = [key('a'), key('b'), key('a', 5433), key('a', 5432, 'Shop'), key('a', 5432, 'shop2')];
  expect(new Set(keys).size).toBe(keys.length);
});

it('takes no database of the server itself for a target', () => {
  const refused = (db_type: 'postgresql' | 'mysql' | 'mariadb', database: string) => {
    const plan = { backup: aBackup({ db_type }), target: aConnection({ db_type }), database };
    return targetRefusals(plan).map(({ message }) => message);
  };
  expect(refused('mysql', 'MySQL')).toEqual(['MySQL is a database of the server itself']);
  expect(refused('mariadb', 'information_schema')).toHaveLength(1);
  expect(refused('postgresql', 'template1')).toHaveLength(1);
  expect(refused('postgresql', 'postgres')).toEqual([]);
  expect(refused('postgresql', 'mysql')).toEqual([]);
});

it('takes names that MySQL may take for one as one target', () => {
  const key = (db_type: 'postgresql' | 'mysql', host: string, database: string) =>
    targetKey({ target: aConnection({ db_type, host }), database });
  expect(key('mysql', 'db.example.org.', 'Shop')).toBe(key('mysql', 'db.example.org', 'shop'));
  expect(key('postgresql', 'db.example.org', 'Shop')).not.toBe(key('postgresql', 'db.example.org', 'shop'));
});
