/** Encodings and locales that differ between a dump and its target. A new database gets those of the dump. */
import type { PostgresContents } from '../../../../formats/dump-contents.ts';
import { type DatabaseLocale, isSameLocale, localeText } from '../../../../formats/pg-dump/archive/database-locale.ts';
import type { Finding } from '../../../preflight/findings.ts';
import type { PostgresServerFacts } from './facts.ts';

/** With these encodings, the server stores bytes without checking them. */
const UNCHECKED = 'SQL_ASCII';
/** Other names that pg_dump and a SET may use. */
const ALIASES: Readonly<Record<string, string>> = { UNICODE: 'UTF8', 'UTF-8': 'UTF8', 'SQL-ASCII': UNCHECKED };

export const OTHER_ORDER = 'text may sort, compare and change case differently from the source, in keys too';

export function textFindings(contents: PostgresContents, { text, database }: PostgresServerFacts): Finding[] {
  if (text === undefined) return [];
  return [...encoding(contents, text, database), ...locale(contents, text.locale)];
}

function encoding(
  contents: PostgresContents,
  { encoding, convertible }: NonNullable<PostgresServerFacts['text']>,
  database: string,
): Finding[] {
  const written = contents.encoding?.toUpperCase();
  const dumped = written === undefined ? undefined : (ALIASES[written] ?? written);
  if (dumped === undefined || dumped === encoding) return [];
  const both = `database ${database} has the encoding ${encoding}, and the backup ${dumped}`;
  if (dumped === UNCHECKED) {
    return [{ id: 'postgres-encoding', message: `${both}: text that is no ${encoding} fails the restore` }];
  }
  if (encoding === UNCHECKED) {
    return [{ id: 'postgres-encoding', message: `${both}: its bytes are stored as they are, and no longer checked` }];
  }
  if (!convertible.has(dumped)) {
    return [{ id: 'postgres-encoding-conversion', message: `${both}, which the server can't convert` }];
  }
  // UTF8 contains every character
  if (encoding === 'UTF8') return [];
  return [{ id: 'postgres-encoding', message: `${both}: a character that ${encoding} lacks fails the restore` }];
}

function locale({ locale }: PostgresContents, there: DatabaseLocale): Finding[] {
  if (locale === null) return [];
  const { icu_rules: icuRules, ...rest } = locale;
  const dumped: DatabaseLocale = { ...rest, icuRules };
  if (isSameLocale(there, dumped)) return [];
  return [
    {
      id: 'postgres-locale',
      message: `the database has the locale ${localeText(there)}, and the backup ${localeText(dumped)}: ${OTHER_ORDER}`,
    },
  ];
}
