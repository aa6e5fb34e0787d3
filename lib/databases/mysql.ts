/** MySQL and MariaDB. They are one family; here, only their names differ. */
import type { EngineFacts } from './facts.ts';

const FAMILY = {
  defaultPort: 3306,
  sqlDialect: 'mysql',
  dumpKinds: ['sql'],
  // Jagad can use either tool for either engine
  physicalEngines: ['mariabackup', 'xtrabackup'],
  connectionFields: ['binlog_prefix'],
  sslModeNotes: { 'verify-ca': 'Same as verify-full: the MySQL and MariaDB clients have no mode in between.' },
  names: {
    // 64 characters of at most four bytes
    maxBytes: 256,
    // https://dev.mysql.com/doc/refman/8.4/en/identifiers.html, and MariaDB's "Identifier Names"
    refused: { pattern: /[\u{10000}-\u{10ffff}]| $/u, what: 'ends with a space or contains a character beyond U+FFFF' },
    system: ['mysql', 'sys', 'information_schema', 'performance_schema'],
    mayFoldCase: true,
  },
  size: {
    // SQL text compresses well
    growth: 8,
    bytesPerSecond: 15_000_000,
    spools: false,
  },
  typeOfVersion: mysqlFamilyType,
  release(version) {
    // MariaDB puts 5.5.5 in front of its own version, for old clients
    const [, major = '0', minor = '0'] = /(\d+)\.?(\d+)?/.exec(version.replace(/^5\.5\.5-/, '')) ?? [];
    return [Number(major), Number(minor)];
  },
} satisfies Partial<EngineFacts>;

export const MYSQL: EngineFacts = { ...FAMILY, title: 'MySQL', urlSchemes: ['mysql:'], mayGreetAs: [] };

export const MARIADB: EngineFacts = {
  ...FAMILY,
  title: 'MariaDB',
  urlSchemes: ['mariadb:'],
  // a proxy in front of the server may cause this
  mayGreetAs: ['mysql'],
};

/** @param version the result of `SELECT VERSION()`. */
export function mysqlFamilyType(version: string): 'mysql' | 'mariadb' {
  return /mariadb/i.test(version) ? 'mariadb' : 'mysql';
}
