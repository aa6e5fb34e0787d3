/** The backups that an incremental one is built from. */
import { isArchive, isInRepository } from '../../databases/physical-tools.ts';
import type { Backup } from '../model.ts';

export interface Chain {
  /** The full backup first, the requested one last. If a link is missing, it starts with the earliest known one. */
  chain: Backup[];
  /** What is wrong, in words; empty if the chain is complete. */
  missing: string[];
}

/** Known backups by their ids. */
export type KnownBackups = Pick<ReadonlyMap<string, Backup>, 'get'>;

/** The chain of a physical backup; for a dump, which has none, `missing` says so. */
export function chainOf(backup: Backup, known: KnownBackups): Chain {
  const chain = [backup];
  const missing = ownProblems(backup);
  const seen = new Set([backup.id]);
  for (let child = backup; child.backup_type === 'incremental'; ) {
    if (child.parent_id === null) {
      missing.push(`the record of backup ${nameOf(child)} does not say which backup it builds on: ${whoTells(child)}`);
      break;
    }
    const parent = known.get(child.parent_id);
    if (parent === undefined) {
      missing.push(`backup ${child.parent_id}, which backup ${nameOf(child)} builds on, is not in the catalogue`);
      break;
    }
    if (seen.has(parent.id)) {
      missing.push(`backup ${nameOf(parent)} would build on itself`);
      break;
    }
    seen.add(parent.id);
    chain.unshift(parent);
    missing.push(...linkProblems(child, parent));
    child = parent;
  }
  return { chain, missing };
}

/**
 * The archives of a chain that were never read to their end, if that matters. Until an archive is read, its type and
 * log sequence numbers are only what Jagad recorded, and Jagad records every archive as incremental. For pgBackRest it
 * doesn't matter, because its own lists describe its backups.
 */
export function unreadOf(chain: readonly Backup[]): Backup[] {
  return chain.filter(isUnread);
}

function isUnread({ engine, verified_etag }: Pick<Backup, 'engine' | 'verified_etag'>): boolean {
  return isArchive(engine) && verified_etag === null;
}

/** The tool's name for a backup, or else its id. */
export function nameOf({ label, id }: Pick<Backup, 'label' | 'id'>): string {
  return label ?? id;
}

function ownProblems(backup: Backup): string[] {
  if (backup.engine === null) return [`backup ${backup.id} is a dump`];
  const isNamed = !isInRepository(backup.engine) || (backup.label !== null && backup.stanza !== null);
  return isNamed ? [] : [`the record of backup ${backup.id} lacks its label or stanza: ${whoTells(backup)}`];
}

/** Reasons why one backup can't be the one that another builds on. */
function linkProblems(child: Backup, parent: Backup): string[] {
  const link = `backup ${nameOf(parent)}, which backup ${nameOf(child)} builds on,`;
  const problems: string[] = [];
  if (parent.engine !== child.engine) {
    problems.push(`${link} was made with ${parent.engine ?? 'a dump tool'}, not with ${child.engine}`);
  }
  if (parent.connection_id !== child.connection_id) problems.push(`${link} is from another server`);
  if (parent.status !== 'success') problems.push(`${link} has status: ${parent.status}`);
  if (isInRepository(child.engine)) {
    // pgBackRest follows the chain within one repository, whatever the catalogue says
    const isSame = parent.storage_path === child.storage_path && parent.stanza === child.stanza;
    if (!isSame) problems.push(`${link} is in another repository or stanza`);
  } else if (parent.to_lsn !== null && child.from_lsn !== null && parent.to_lsn !== child.from_lsn) {
    // InnoDB's increments contain the pages that changed since from_lsn: they only fit a copy at exactly that number
    problems.push(
      `${link} ends at log sequence number ${parent.to_lsn}, but the increment begins at ${child.from_lsn}`,
    );
  }
  return problems;
}

/** Where to find what a record lacks. */
function whoTells(backup: Pick<Backup, 'engine' | 'verified_etag'>): string {
  if (isInRepository(backup.engine)) {
    return "scan the bucket, or import the output of 'pgbackrest info --output=json'";
  }
  return isUnread(backup) ? "verify it, or import Jagad's own record of it" : "import Jagad's own record of it";
}
