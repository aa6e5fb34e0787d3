/**
 * How a database compares, sorts and folds text: its locale provider and locales. With other ones, a copy has another
 * order and other unique keys. Source: `dumpDatabase` of pg_dump.c (13 to 18), which writes into every archive
 *
 *     CREATE DATABASE name WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C';
 */

export interface DatabaseLocale {
  provider: 'libc' | 'icu' | 'builtin';
  collate: string;
  ctype: string;
  /** The locale of ICU or of the builtin provider; empty for libc. */
  locale: string;
  icuRules: string;
}

const CREATE =
  /^\s*CREATE DATABASE (?:"(?:[^"]|"")*"|[^\s";]+) WITH TEMPLATE = template0((?: [A-Z_]+ = (?:'(?:[^']|'')*'|[^\s';]+))*);/;
const OPTION = / ([A-Z_]+) = (?:'((?:[^']|'')*)'|([^\s';]+))/g;
const PROVIDERS = ['libc', 'icu', 'builtin'] as const;

/**
 * @param definition of an archive's DATABASE entry
 * @returns undefined if it doesn't name a locale
 */
export function localeOf(definition: string): DatabaseLocale | undefined {
  const options = new Map<string, string>();
  for (const [, name = '', quoted, bare] of (CREATE.exec(definition)?.[1] ?? '').matchAll(OPTION)) {
    options.set(name, quoted?.replaceAll("''", "'") ?? bare ?? '');
  }
  const both = options.get('LOCALE');
  const collate = options.get('LC_COLLATE') ?? both;
  const ctype = options.get('LC_CTYPE') ?? both;
  const provider = PROVIDERS.find((one) => one === (options.get('LOCALE_PROVIDER') ?? 'libc'));
  if (collate === undefined || ctype === undefined || provider === undefined) return undefined;
  const locale = options.get('ICU_LOCALE') ?? options.get('BUILTIN_LOCALE') ?? '';
  return { provider, collate, ctype, locale, icuRules: options.get('ICU_RULES') ?? '' };
}

/** The first major version that supports it. */
const PROVIDER_SINCE = { libc: 0, icu: 15, builtin: 17 };
const ICU_RULES_SINCE = 16;

/**
 * The options of CREATE DATABASE that give a new database this locale.
 * @param quote makes an SQL literal
 * @returns undefined if a server of this version has no equivalent
 */
export function localeOptions(
  locale: DatabaseLocale,
  major: number,
  quote: (text: string) => string,
): string | undefined {
  const { provider, collate, ctype, icuRules } = locale;
  if (major < PROVIDER_SINCE[provider] || (icuRules !== '' && major < ICU_RULES_SINCE)) return undefined;
  const options = [`LC_COLLATE ${quote(collate)}`, `LC_CTYPE ${quote(ctype)}`];
  if (provider !== 'libc') {
    options.unshift(`LOCALE_PROVIDER ${provider}`);
    if (locale.locale !== '') options.push(`${provider.toUpperCase()}_LOCALE ${quote(locale.locale)}`);
    if (icuRules !== '') options.push(`ICU_RULES ${quote(icuRules)}`);
  } else if (major >= PROVIDER_SINCE.icu) options.unshift('LOCALE_PROVIDER libc');
  return options.join(' ');
}

/** A row of pg_database, whose columns differ from version to version. */
export interface DatabaseRow {
  datcollate: string;
  datctype: string;
  /** Since 15. */
  datlocprovider?: string;
  /** 15 and 16. */
  daticulocale?: string | null;
  /** Since 17. */
  datlocale?: string | null;
  /** Since 16. */
  daticurules?: string | null;
}

export function localeOfRow(row: DatabaseRow): DatabaseLocale {
  const provider = row.datlocprovider === 'i' ? 'icu' : row.datlocprovider === 'b' ? 'builtin' : 'libc';
  const locale = row.datlocale ?? row.daticulocale ?? '';
  return { provider, collate: row.datcollate, ctype: row.datctype, locale, icuRules: row.daticurules ?? '' };
}

export function isSameLocale(one: DatabaseLocale, other: DatabaseLocale): boolean {
  return localeText(one) === localeText(other);
}

/** `libc's C`, `icu's de-u-ks-level2`: what determines the order of text, and then how letters are classified. */
export function localeText({ provider, collate, ctype, locale, icuRules }: DatabaseLocale): string {
  const rules = icuRules === '' ? '' : ` with rules of its own (${icuRules})`;
  if (provider !== 'libc') return `${provider}'s ${locale}${rules}`;
  const [order, letters] = [collate, ctype].map(normalised);
  return `libc's ${order}${order === letters ? '' : ` (letters: ${letters})`}`;
}

/** Makes `en_US.utf8` and `en_US.UTF-8` the same. */
function normalised(name: string): string {
  return name.replace(/\.utf-?8$/i, '.UTF-8');
}
