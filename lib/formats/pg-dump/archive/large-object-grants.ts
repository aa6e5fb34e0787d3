/**
 * Grants on large objects as pg_dump 17 and newer writes them: one entry, `LARGE OBJECTS 4001..4004`, for all that have
 * the same owner and grants. Its statements name the first one; pg_restore substitutes the others' numbers
 * (`IssueACLPerBlob` in pg_backup_archiver.c), which are in the entry that creates them.
 */

import { isWord, readSql } from '../sql/tokens.ts';
import type { Toc, TocEntry } from './format.ts';

const GROUP = /^LARGE OBJECTS \d+\.\.\d+$/;
/** No quotes come before the number. */
const NUMBER = /^(\S[A-Z,\s]* ON LARGE OBJECT )\d+/;

/** The entries of an archive. Instead of a group's grants, it has an entry for each large object. */
export function withEachLargeObject({
  entries,
  standardStrings,
}: Pick<Toc, 'entries' | 'standardStrings'>): TocEntry[] {
  const groups = new Map(
    entries.filter(({ desc }) => desc === 'BLOB METADATA').map((entry) => [entry.dumpId, entry.definition]),
  );
  return entries.flatMap((entry) => {
    if (entry.desc !== 'ACL' || !GROUP.test(entry.tag)) return [entry];
    const numbers = entry.dependencies.flatMap((id) => groups.get(id)?.match(/\d+/g) ?? []);
    const { statements, texts } = readSql(entry.definition, standardStrings);
    return numbers.map((number) => {
      const own = texts.map((text, at) =>
        isWord(statements[at]?.[0], 'grant', 'revoke') ? text.replace(NUMBER, `$1${number}`) : text,
      );
      return { ...entry, tag: `LARGE OBJECT ${number}`, definition: own.map((text) => `${text};\n`).join('') };
    });
  });
}
