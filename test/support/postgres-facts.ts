/** The facts of a PostgreSQL server on which nothing is in the way of anything. */
import type { PostgresServerFacts } from '../../lib/engines/postgres/rules/preflight/facts.ts';

export function postgresFacts(fields: Partial<PostgresServerFacts> = {}): PostgresServerFacts {
  return {
    ...{ database: 'shop', exists: true, major: 15, user: 'postgres', superuser: true, managedAdmin: false },
    ...{ byRole: true, standby: false, mayCreate: true, foreign: [], eventTriggers: [], text: undefined },
    settings: { readOnlyFrom: undefined, timeLimits: [], defaultTablespace: '' },
    roles: new Map([['postgres', { mayOwn: true, superuser: true }]]),
    extensions: new Map([['plpgsql', { available: true, trusted: true, installed: undefined }]]),
    schemas: new Map([['public', true]]),
    tablespaces: new Map(),
    domains: new Set(),
    room: { freeSessions: 90, locks: 6400 },
    neighbours: { holders: [], slots: [], standbys: [] },
    ...fields,
  };
}
