/** The statements are pg_dump's own, of 12, 15, 16 and 17. */
import { expect, it } from 'vitest';
import {
  isSameLocale,
  localeOf,
  localeOfRow,
  localeOptions,
  localeText,
} from '../../../../lib/formats/pg-dump/archive/database-locale.ts';

const of = (options: string, name = 'shop') =>
  localeOf(`\nCREATE DATABASE ${name} WITH TEMPLATE = template0${options};\n\n`);
const quote = (text: string) => `'${text}'`;
const options = (text: string, major: number) => {
  const locale = of(text);
  return locale === undefined ? 'none' : localeOptions(locale, major, quote);
};

it.each([
  [" ENCODING = 'UTF8' LC_COLLATE = 'de_DE.UTF-8' LC_CTYPE = 'C'", 13, "LC_COLLATE 'de_DE.UTF-8' LC_CTYPE 'C'"],
  [" ENCODING = 'UTF8' LOCALE = 'C'", 14, "LC_COLLATE 'C' LC_CTYPE 'C'"],
  [" ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C'", 14, "LC_COLLATE 'C' LC_CTYPE 'C'"],
  [" ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C'", 15, "LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"],
  [
    " ENCODING = 'UTF8' LOCALE_PROVIDER = icu LOCALE = 'en_US.UTF-8' ICU_LOCALE = 'de-u-ks-level2'",
    15,
    "LOCALE_PROVIDER icu LC_COLLATE 'en_US.UTF-8' LC_CTYPE 'en_US.UTF-8' ICU_LOCALE 'de-u-ks-level2'",
  ],
  [" LOCALE_PROVIDER = icu LOCALE = 'C' ICU_LOCALE = 'de'", 14, undefined],
  [" LOCALE_PROVIDER = icu LOCALE = 'C' ICU_LOCALE = 'de' ICU_RULES = '&a < b'", 15, undefined],
  [
    " LOCALE_PROVIDER = builtin LOCALE = 'C' BUILTIN_LOCALE = 'C.UTF-8'",
    17,
    "LOCALE_PROVIDER builtin LC_COLLATE 'C' LC_CTYPE 'C' BUILTIN_LOCALE 'C.UTF-8'",
  ],
  [" LOCALE_PROVIDER = builtin LOCALE = 'C' BUILTIN_LOCALE = 'C.UTF-8'", 16, undefined],
  [" ENCODING = 'UTF8'", 15, 'none'],
  [" LOCALE_PROVIDER = other LOCALE = 'C'", 18, 'none'],
])('%s on PostgreSQL %i', (text, major, expected) => expect(options(text, major)).toBe(expected));

it('is not read from within a name', () => {
  expect(of(" LOCALE = 'C'", `"x WITH TEMPLATE = template0 LOCALE = 'de_DE'"`)).toMatchObject({ collate: 'C' });
  expect(of(" LOCALE = 'it''s'")).toMatchObject({ collate: "it's" });
});

it('is compared with that of an existing database', () => {
  const german = localeOfRow({ datcollate: 'de_DE.utf8', datctype: 'de_DE.utf8', datlocprovider: 'c' });
  expect(isSameLocale(german, of(" LOCALE = 'de_DE.UTF-8'") as typeof german)).toBe(true);
  const mixed = localeOfRow({ datcollate: 'C', datctype: 'de_DE.UTF-8' });
  expect(localeText(mixed)).toBe("libc's C (letters: de_DE.UTF-8)");
  expect(isSameLocale(german, mixed)).toBe(false);
  const icu = { datcollate: 'C', datctype: 'C', datlocprovider: 'i' };
  expect(localeText(localeOfRow({ ...icu, daticulocale: 'de' }))).toBe("icu's de");
  expect(localeText(localeOfRow({ ...icu, datlocale: 'de', daticurules: '&a < b' }))).toBe(
    "icu's de with rules of its own (&a < b)",
  );
});
