import { globSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type DumpTarget, MysqlDumpFilter } from '../../../lib/engines/mysql/rules/mysql-dump-filter.ts';
import type { MysqlServerFacts } from '../../../lib/engines/mysql/rules/preflight/facts.ts';
import { type MysqlContents, mysqlContents } from '../../../lib/formats/dump-contents.ts';
import { DumpAcceptance } from '../../../lib/formats/mysql-dump/judge/dump-acceptance.ts';
import type { SqlStatement } from '../../../lib/formats/mysql-dump/reader/statement.ts';
import { StatementReader } from '../../../lib/formats/mysql-dump/reader/statement-reader.ts';

/** All pieces of a dump, pushed in chunks whose sizes `nextSize` says. */
export function pieces(dump: Buffer | string, nextSize: () => number = () => 65536): SqlStatement[] {
  const bytes = Buffer.from(dump);
  const reader = new StatementReader();
  const all: SqlStatement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = nextSize();
    all.push(...reader.push(bytes.subarray(at, at + size)));
    at += size;
  }
  return [...all, ...reader.end()];
}

/** The texts of a dump's statements. */
export function texts(dump: Buffer | string): string[] {
  return pieces(dump)
    .filter((piece) => piece.kind === 'statement')
    .map((piece) => piece.text.toString());
}

export function target(overrides: Partial<DumpTarget> = {}): DumpTarget {
  return {
    dbType: 'mysql',
    database: 'shop',
    keepDefiner: () => true,
    hasCollation: () => true,
    hasEngine: () => true,
    foldsNames: false,
    ...overrides,
  };
}

/** A dump as it would be sent, and the notes. */
export function filtered(
  dump: Buffer | string,
  overrides: Partial<DumpTarget> = {},
): { sent: string; notes: string[] } {
  const filter = new MysqlDumpFilter(target(overrides));
  const sent = Buffer.concat(pieces(dump).map((piece) => filter.apply(piece)));
  return { sent: sent.toString(), notes: filter.notes };
}

/** Repeatable pseudo-random whole numbers below `limit` (mulberry32). */
export function randomBelow(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** A real dump: `9b04` is MariaDB's, `9b06` MySQL's by MariaDB's tool. */
export function fixtureDump(id: '9b04' | '9b06'): Buffer {
  const [file] = globSync(`${import.meta.dirname}/../../fixtures/jagad/objects/backups/*/shop/*${id}-*.sql.gz`);
  if (file === undefined) throw new Error(`no fixture ${id}`);
  return gunzipSync(readFileSync(file));
}

/** What a dump contains, as its verification tells it. @param size how many bytes come at once */
export function contentsOf(dump: Buffer | string, size = 65536): MysqlContents {
  const bytes = Buffer.from(dump);
  const acceptance = new DumpAcceptance();
  for (let at = 0; at < bytes.length; at += size) acceptance.push(bytes.subarray(at, at + size));
  acceptance.end();
  const origin = { serverVersion: '8.0.36', tool: 'mysqldump 8.0.36', database: 'shop' };
  return mysqlContents.parse(acceptance.contents(bytes.length, origin));
}

/** An empty target, which takes everything. */
export function serverFacts({
  variables = {},
  ...overrides
}: Partial<Omit<MysqlServerFacts, 'variables'>> & { variables?: Record<string, string> } = {}): MysqlServerFacts {
  return {
    dbType: 'mysql',
    database: 'shop',
    databaseExists: true,
    before: [],
    triggers: [],
    constraints: [],
    keysBefore: [],
    children: [],
    parsers: new Set(),
    definers: [],
    account: 'app@%',
    grants: ['GRANT ALL PRIVILEGES ON *.* TO `app`@`%`'],
    accounts: undefined,
    systemUsers: new Set(),
    maySet: new Set(),
    neighbours: { prepared: [], holders: [], replicas: [], connections: { free: 100, freeOfUser: undefined } },
    isInGroup: false,
    characterSets: new Map([
      ['latin1', 1],
      ['utf8mb3', 3],
      ['utf8mb4', 4],
    ]),
    collations: new Set(['utf8mb4_bin', 'utf8mb3_general_ci', 'latin1_swedish_ci']),
    encrypts: undefined,
    tablespaces: undefined,
    engines: new Set(['INNODB', 'MYISAM']),
    ...overrides,
    variables: new Map(Object.entries(variables)),
  };
}
