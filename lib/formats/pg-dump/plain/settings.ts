/** The settings that pg_dump writes, and their possible values. Source: pg_dump 13 to 18, _doSetFixedOutputState. */

import { Unaccepted } from './refusal.ts';
import type { Token } from './statement.ts';

const SETTINGS = new Set([
  ...['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout'],
  ...['client_encoding', 'standard_conforming_strings', 'escape_string_warning', 'search_path'],
  ...['check_function_bodies', 'xmloption', 'client_min_messages', 'row_security'],
  ...['default_tablespace', 'default_table_access_method', 'default_with_oids'],
]);

/**
 * The encodings that a server, and therefore a database, can have. pg_dump uses the database's encoding for its dump.
 * In all of them, a byte below 0x80 is ASCII. Source: pg_wchar.h, PG_VALID_BE_ENCODING, and the aliases in encnames.c.
 */
const ENCODINGS = new Set([
  ...['sqlascii', 'utf8', 'unicode', 'muleinternal', 'eucjp', 'euccn', 'euckr', 'euctw', 'eucjis2004'],
  ...Array.from({ length: 10 }, (_, index) => `latin${index + 1}`),
  ...['iso88591', 'iso88592', 'iso88593', 'iso88594', 'iso88595', 'iso88596', 'iso88597', 'iso88598', 'iso88599'],
  ...['iso885910', 'iso885913', 'iso885914', 'iso885915', 'iso885916'],
  ...['koi8', 'koi8r', 'koi8u', 'win', 'win866', 'win874', 'alt', 'abc', 'tcvn', 'tcvn5712', 'vscii'],
  ...Array.from({ length: 9 }, (_, index) => `win125${index}`),
  ...Array.from({ length: 9 }, (_, index) => `windows125${index}`),
  ...['windows866', 'windows874'],
]);

export interface Setting {
  name: string;
  value: string;
}

/**
 * @param tokens of a SET.
 * @throws Unaccepted if pg_dump writes no such SET.
 */
export function readSetting(tokens: Token[]): Setting {
  const [, name, sign, ...rest] = tokens;
  if (name?.kind !== 'word' || !SETTINGS.has(name.text)) {
    throw new Unaccepted(`pg_dump does not set ${name?.text ?? 'nothing'}`);
  }
  const values = rest.slice(0, -1);
  const isList = values.every(({ kind, text }, index) => (index % 2 === 1 ? text === ',' : kind !== 'symbol'));
  const isOne = values.length === 1 || (name.text === 'search_path' && values.length % 2 === 1);
  if ((sign?.text !== '=' && sign?.text !== 'to') || !isOne || !isList) {
    throw new Unaccepted(`it sets ${name.text} in a way that pg_dump does not`);
  }
  const value = unquoted(values[0] as Token);
  if (name.text === 'client_encoding') checkEncoding(value);
  if (name.text === 'standard_conforming_strings' && value !== 'on' && value !== 'off') {
    throw new Unaccepted('it sets standard_conforming_strings to something other than on or off');
  }
  return { name: name.text, value };
}

function unquoted({ kind, text }: Token): string {
  if (kind === 'word' || kind === 'number') return text;
  const plain = /^'([\w ,.$"-]*)'$/.exec(text)?.[1] ?? (kind === 'name' ? text : undefined);
  if (plain === undefined) throw new Unaccepted('it sets something to a string that pg_dump does not write');
  return plain;
}

function checkEncoding(name: string): void {
  if (ENCODINGS.has(name.toLowerCase().replace(/[^a-z0-9]/g, ''))) return;
  throw new Unaccepted(`the dump is in the encoding ${name}, which no PostgreSQL database can have`, ENCODING_HINT);
}

const ENCODING_HINT =
  "Make the dump again without pg_dump's --encoding, or with --encoding=UTF8: in this encoding a part of a character can look like a quote or a backslash.";
