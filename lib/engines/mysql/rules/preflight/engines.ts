/** Storage engines, and what else tables need. */
import type { MysqlContents, MysqlTable } from '../../../../formats/dump-contents.ts';
import { quoteName } from '../../../../formats/mysql-dump/reader/names.ts';
import { engineOf } from '../../../../formats/mysql-dump/rewrite/table-options.ts';
import type { Finding } from '../../../preflight/findings.ts';
import { listed, type MysqlServerFacts, named } from './facts.ts';

export function engines(contents: MysqlContents, server: MysqlServerFacts): Finding[] {
  return [missing, encryption, tablespaces].flatMap((rule) => rule(contents, server));
}

/** The load changes these tables to InnoDB. */
function missing({ tables }: MysqlContents, { engines }: MysqlServerFacts): Finding[] {
  const lacking = tables.filter(({ engine }) => engine !== null && !engines.has(engineOf(engine)));
  if (lacking.length === 0) return [];
  const inWords = (some: readonly MysqlTable[]) => listed(some.map(({ name, engine }) => `${name} (${engine})`));
  if (!engines.has('INNODB')) {
    return [
      {
        id: 'mysql-engine-refused',
        message: `the server lacks storage engines of the dump, and InnoDB, which could take their place: ${inWords(lacking)}`,
      },
    ];
  }
  const [refused, taken] = [lacking.filter(needsItsEngine), lacking.filter((table) => !needsItsEngine(table))];
  return [
    ...(refused.length === 0
      ? []
      : [
          {
            id: 'mysql-engine-refused' as const,
            message: `the server lacks storage engines of the dump, and InnoDB does not take these tables, which count within a key's first columns: ${inWords(refused)}`,
          },
        ]),
    ...(taken.length === 0
      ? []
      : [
          {
            id: 'mysql-engine-missing' as const,
            message: `the server lacks storage engines of the dump, and these tables and their rows are restored into InnoDB: ${inWords(taken)}`,
          },
        ]),
  ];
}

/** InnoDB requires that an AUTO_INCREMENT column is the first column of some key. */
function needsItsEngine({ columns, keys, primary_key }: MysqlTable): boolean {
  const counter = columns.find(({ auto_increment }) => auto_increment)?.name.toLowerCase();
  if (counter === undefined) return false;
  const firsts = [primary_key, ...keys.map(({ columns }) => columns)].map((parts) => parts?.[0]?.toLowerCase());
  return !firsts.some((first) => first?.replace(/ desc$/, '') === counter);
}

function encryption({ tables }: MysqlContents, { encrypts }: MysqlServerFacts): Finding[] {
  if (encrypts !== false) return [];
  const encrypted = tables.filter(({ options }) => /^(Y|YES|1)$/i.test(options.ENCRYPTION ?? options.ENCRYPTED ?? ''));
  if (encrypted.length === 0) return [];
  return [
    {
      id: 'mysql-encryption',
      message: `the dump has encrypted tables, and the server has no keys for them: ${named(encrypted)}`,
    },
  ];
}

/** Tablespaces that every server has. */
const OWN_TABLESPACES = new Set(['innodb_system', 'innodb_file_per_table', 'innodb_temporary']);

function tablespaces({ tables }: MysqlContents, { tablespaces }: MysqlServerFacts): Finding[] {
  if (tablespaces === undefined) return [];
  const wanted = new Set(tables.flatMap(({ options }) => options.TABLESPACE || []));
  const lacking = [...wanted].filter((name) => !tablespaces.has(name) && !OWN_TABLESPACES.has(name));
  if (lacking.length === 0) return [];
  return [
    {
      id: 'mysql-tablespace',
      message: `the server lacks tablespaces that tables of the dump are in: ${listed(lacking)}`,
      statement: lacking
        .map((name) => `CREATE TABLESPACE ${quoteName(name)} ADD DATAFILE '${name}.ibd' ENGINE = InnoDB;`)
        .join(' '),
    },
  ];
}
