/**
 * Which entries of an archive the restoring user creates itself, if a temporary role loads the others: those that the
 * role may not create, and those that must exist before or after all others.
 */
import type { Toc, TocEntry } from './format.ts';
import { withEachLargeObject } from './large-object-grants.ts';

const DESCRIBED = /^(EXTENSION|SCHEMA|EVENT TRIGGER|PUBLICATION|FOREIGN DATA WRAPPER) /;
/** pg_restore only sends these with --create, or to other servers. plpgsql always exists. */
const NEVER_SENT = new Set(['DATABASE', 'DATABASE PROPERTIES', 'SUBSCRIPTION', 'PROCEDURAL LANGUAGE']);

/**
 * Whether a comment or label belongs to an object that the restoring user creates.
 * @param tag of the comment's entry
 */
export function describesOwn(tag: string): boolean {
  return DESCRIBED.test(tag);
}

export interface OwnEntries {
  /** In the archive's order, in which they are created too. */
  readonly schemas: readonly TocEntry[];
  readonly extensions: readonly TocEntry[];
  readonly wrappers: readonly TocEntry[];
  readonly grants: readonly TocEntry[];
  /** Publications of all tables, and schemas that are added to publications. */
  readonly publications: readonly TocEntry[];
  readonly eventTriggers: readonly TocEntry[];
  readonly descriptions: readonly TocEntry[];
  /** The entries that the role loads. */
  readonly others: readonly TocEntry[];
}

type Part = Exclude<keyof OwnEntries, never>;

function partOf({ desc, tag, definition }: TocEntry): Part | undefined {
  switch (desc) {
    case 'SCHEMA':
      return 'schemas';
    case 'EXTENSION':
      return 'extensions';
    case 'FOREIGN DATA WRAPPER':
      return 'wrappers';
    case 'EVENT TRIGGER':
      return 'eventTriggers';
    case 'PUBLICATION TABLES IN SCHEMA':
      return 'publications';
    case 'PUBLICATION':
      return /\sFOR ALL TABLES\b/.test(definition) ? 'publications' : 'others';
    case 'ACL':
      return tag.startsWith('DATABASE ') ? undefined : 'grants';
    case 'DEFAULT ACL':
      return 'grants';
    case 'COMMENT':
    case 'SECURITY LABEL':
      if (tag.startsWith('DATABASE ')) return undefined;
      return describesOwn(tag) ? 'descriptions' : 'others';
    default:
      return NEVER_SENT.has(desc) ? undefined : 'others';
  }
}

export function ownEntries(toc: Pick<Toc, 'entries' | 'standardStrings'>): OwnEntries {
  const found: Record<Part, TocEntry[]> = {
    ...{ schemas: [], extensions: [], wrappers: [], grants: [] },
    ...{ publications: [], eventTriggers: [], descriptions: [], others: [] },
  };
  for (const entry of withEachLargeObject(toc)) {
    const part = partOf(entry);
    if (part !== undefined) found[part].push(entry);
  }
  return found;
}

/** The list of entries for `pg_restore --use-list`. */
export function useList(entries: readonly TocEntry[]): string {
  return entries.map(({ dumpId }) => `${dumpId};\n`).join('');
}

/**
 * What has to be dropped before the load, in the order of `--clean`: last entry first. The schema public isn't dropped,
 * because it would lose its initial rights, which no dump contains.
 */
export function drops(toc: Pick<Toc, 'entries'>): TocEntry[] {
  return toc.entries
    .filter(({ desc, drop }) => drop !== '' && !drop.startsWith('--') && !NEVER_SENT.has(desc))
    .filter(({ desc, tag }) => desc !== 'SCHEMA' || tag !== 'public')
    .toReversed();
}

/**
 * The OIDs of large objects that pg_dump 17 and newer lists together in one entry. `--clean` itself builds the
 * statements that drop them.
 */
export function groupedLargeObjects({ entries }: Pick<Toc, 'entries'>): string[] {
  return entries.flatMap(({ desc, definition }) => (desc === 'BLOB METADATA' ? (definition.match(/\d+/g) ?? []) : []));
}

/**
 * Relations for which the dump has rows, but which it doesn't create: an extension's own tables, and the tables of a
 * data-only dump.
 * @returns their schemas and names
 */
export function foreignRows(toc: Pick<Toc, 'entries'>): { schema: string; name: string }[] {
  const made = new Set(
    toc.entries
      .filter(({ desc }) => desc === 'TABLE' || desc === 'SEQUENCE')
      .map(({ namespace, tag }) => JSON.stringify([namespace, tag])),
  );
  return toc.entries
    .filter(({ desc }) => desc === 'TABLE DATA' || desc === 'SEQUENCE SET')
    .filter(({ namespace, tag }) => !made.has(JSON.stringify([namespace, tag])))
    .map(({ namespace, tag }) => ({ schema: namespace, name: tag }));
}
