import { RestoreError } from '../../../errors/errors.ts';
import type { SqlStatement } from '../reader/statement.ts';
import { Tokens } from '../reader/tokens.ts';
import type { Edit } from './edits.ts';

/** MySQL 8's collations, which MariaDB only knows by these names from 11.4.5 on. */
const UCA_0900 = /^utf8mb4_(?:([a-z_]+)_)?0900_(ai_ci|as_ci|as_cs|bin)$/;

/** MySQL's codes for languages with their own rules, and MariaDB's names for the same rules. */
const LANGUAGES: Record<string, string> = {
  cs: 'czech',
  da: 'danish',
  de_pb: 'german2',
  eo: 'esperanto',
  es: 'spanish',
  es_trad: 'spanish2',
  et: 'estonian',
  hr: 'croatian',
  hu: 'hungarian',
  is: 'icelandic',
  la: 'roman',
  lt: 'lithuanian',
  lv: 'latvian',
  pl: 'polish',
  ro: 'romanian',
  sk: 'slovak',
  sl: 'slovenian',
  sv: 'swedish',
  tr: 'turkish',
  vi: 'vietnamese',
};

/**
 * The most similar collations on MariaDB, best first. All are NO PAD, as MySQL's are. With a PAD SPACE collation, 'a'
 * and 'a ' would be equal, and a unique key would refuse the second of them.
 */
export function likeCollations(name: string): string[] {
  const [, language, sensitivity = ''] = UCA_0900.exec(name) ?? [];
  if (sensitivity === 'bin') return language === undefined ? ['utf8mb4_nopad_bin'] : [];
  if (language === undefined) {
    const older = sensitivity === 'ai_ci' ? ['utf8mb4_unicode_520_nopad_ci'] : [];
    return [`utf8mb4_uca1400_nopad_${sensitivity}`, ...older];
  }
  const word = LANGUAGES[language];
  return word === undefined ? [] : [`utf8mb4_uca1400_${word}_nopad_${sensitivity}`];
}

/**
 * The collation with which `replaceCollations` replaces one that the target lacks; undefined if there is no similar
 * one.
 */
export function replacementOf(name: string, hasCollation: (name: string) => boolean): string | undefined {
  return UCA_0900.test(name) ? likeCollations(name).find(hasCollation) : undefined;
}

export interface CollationEdit extends Edit {
  from: string;
}

/**
 * The edits that replace MySQL 8's collations with ones that the target has, at every position in code: as a bare word,
 * or quoted after COLLATE or a collation_… variable. Data and other strings aren't changed. Throws RestoreError if
 * there is no similar collation.
 */
export function replaceCollations(statement: SqlStatement, hasCollation: (name: string) => boolean): CollationEdit[] {
  const edits: CollationEdit[] = [];
  const tokens = new Tokens(statement);
  let afterCollate = false;
  while (tokens.next() !== 'end') {
    const isWord = tokens.type === 'word';
    if (isWord || (afterCollate && tokens.type !== 'punctuation')) {
      const name = tokens.value.toLowerCase();
      if (UCA_0900.test(name) && !hasCollation(name)) {
        const like = likeCollations(name).find(hasCollation);
        if (like === undefined) throw unknownCollation(name, statement.line);
        const quote = isWord ? '' : tokens.raw.charAt(0);
        edits.push({ start: tokens.start, end: tokens.end, replacement: quote + like + quote, from: name });
      }
      afterCollate = isWord && /^COLLAT(E$|ION_)/i.test(tokens.raw);
    } else if (!tokens.isPunctuation('=')) afterCollate = false;
  }
  return edits;
}

function unknownCollation(name: string, line: number): RestoreError {
  return new RestoreError(`line ${line}: the target server has no collation ${name}, nor one like it`, {
    hint: 'Restore into MySQL 8 or newer, or MariaDB 11.4.5 or newer.',
  });
}
