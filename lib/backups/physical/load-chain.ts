import type { Backup } from '../model.ts';
import type { Readers } from '../tables.ts';
import { type Chain, chainOf } from './chain.ts';

/** Reads a physical backup's chain from the catalogue, as far as it is known. */
export async function loadChain(records: Pick<Readers, 'backups'>, backup: Backup): Promise<Chain> {
  const known = new Map([[backup.id, backup]]);
  for (let child: Backup | undefined = backup; child?.backup_type === 'incremental' && child.parent_id !== null; ) {
    // stop if a chain leads back to itself
    if (known.has(child.parent_id)) break;
    child = await records.backups.get(child.parent_id);
    if (child !== undefined) known.set(child.id, child);
  }
  return chainOf(backup, known);
}
