import { describe, expect, it } from 'vitest';
import {
  type DatabaseFacts,
  postgresRights,
  type ServerFacts,
} from '../../../../lib/engines/postgres/rules/restore-rights.ts';
import { combineRights, missingRights } from '../../../../lib/engines/rights.ts';

const plain: ServerFacts = {
  ...{ superuser: false, managed_admin: false, createdb: false, may_terminate: true },
  ...{ needs_role: false, may_make_roles: false },
};
const good: DatabaseFacts = { may_create: true, may_create_in_public: true, foreign_objects: 0, foreign_object: null };
const missing = (server: ServerFacts, state: Parameters<typeof postgresRights>[1]) =>
  missingRights(postgresRights(server, state)).map(({ right }) => right);

describe('the privileges that a restore lacks', () => {
  it('are none for the owner of an existing database', () => {
    expect(missing(plain, { name: 'shop', state: good })).toEqual([]);
  });

  it.each<[Partial<DatabaseFacts>, string[]]>([
    [{ may_create: false }, ['CREATE on database shop']],
    [{ may_create_in_public: false }, ['CREATE on schema public of shop']],
    [{ may_create_in_public: null }, []],
    [{ foreign_objects: 3, foreign_object: 'public.t' }, ['ownership of the objects in shop']],
  ])('follow from %o', (facts, expected) => {
    expect(missing(plain, { name: 'shop', state: { ...good, ...facts } })).toEqual(expected);
  });

  it('include CREATEDB if the database does not exist', () => {
    expect(missing(plain, { name: 'shop', state: 'missing' })).toEqual(['CREATEDB']);
    expect(missing({ ...plain, createdb: true }, { name: 'shop', state: 'missing' })).toEqual([]);
    expect(missing({ ...plain, superuser: true }, { name: 'shop', state: 'missing' })).toEqual([]);
  });

  it('include CREATEROLE if a role has to load dumps', () => {
    expect(missing({ ...plain, needs_role: true }, { name: 'shop', state: good })).toEqual(['CREATEROLE']);
    expect(missing({ ...plain, needs_role: true, may_make_roles: true }, { name: 'shop', state: good })).toEqual([]);
  });

  it('include CONNECT if it is not granted', () => {
    expect(missing(plain, { name: 'shop', state: 'no entry' })).toEqual(['CONNECT on database shop']);
  });
});

it('name what would be lost without them', () => {
  const lost = (server: ServerFacts) =>
    postgresRights(server, null)
      .filter(({ granted }) => !granted)
      .map(({ right }) => right);
  expect(lost({ ...plain, may_terminate: false })).toEqual([
    'CREATEDB',
    'EXECUTE on pg_terminate_backend',
    'SUPERUSER, or its equivalent on a managed service',
  ]);
  expect(lost({ ...plain, createdb: true, managed_admin: true })).toEqual([]);
  expect(lost({ ...plain, superuser: true })).toEqual([]);
});

it('for several databases, lists a privilege on the server once, and as required if one of them requires it', () => {
  const combined = combineRights([
    postgresRights(plain, { name: 'a', state: 'missing' }),
    postgresRights(plain, { name: 'b', state: good }),
  ]);
  const names = combined.map(({ right }) => right);
  expect(new Set(names).size).toBe(names.length);
  expect(missingRights(combined).map(({ right }) => right)).toEqual(['CREATEDB']);
  expect(combined.map(({ required }) => required)).toEqual([true, true, true, true, true, false, false]);
});
