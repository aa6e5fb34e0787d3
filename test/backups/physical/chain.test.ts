import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Backup } from '../../../lib/backups/model.ts';
import { chainOf } from '../../../lib/backups/physical/chain.ts';
import { aBackup } from '../../support/records.ts';

const server = randomUUID();
const inRepository = { connection_id: server, storage_path: 'pgbackrest/Production PG/main', stanza: 'main' };
const full = aBackup({ ...inRepository, engine: 'pgbackrest', label: '20261122-010000F' });
const second = aBackup({
  ...inRepository,
  ...{
    engine: 'pgbackrest',
    backup_type: 'incremental',
    parent_id: full.id,
    label: '20261122-010000F_20261122-020000D',
  },
});
const third = aBackup({
  ...inRepository,
  ...{
    engine: 'pgbackrest',
    backup_type: 'incremental',
    parent_id: second.id,
    label: '20261122-010000F_20261122-030000I',
  },
});

const innodb = (fields: Partial<Backup>) => aBackup({ connection_id: server, engine: 'mariabackup', ...fields });
const copy = innodb({ to_lsn: '1000' });
const increment = innodb({ backup_type: 'incremental', parent_id: copy.id, from_lsn: '1000', to_lsn: '2000' });

/** What is missing of the last one's chain. */
function missingOf(...backups: Backup[]): string[] {
  const known = new Map(backups.map((backup) => [backup.id, backup]));
  return chainOf(backups.at(-1) as Backup, known).missing;
}

describe('the chain of a physical backup', () => {
  it('starts with the full backup', () => {
    const known = new Map([full, second, third].map((backup) => [backup.id, backup]));
    expect(chainOf(third, known)).toEqual({ chain: [full, second, third], missing: [] });
    expect(chainOf(full, new Map())).toEqual({ chain: [full], missing: [] });
    expect(missingOf(copy, increment)).toEqual([]);
  });

  it('goes back as far as it is known', () => {
    const { chain, missing } = chainOf(third, new Map([[second.id, second]]));
    expect(chain).toEqual([second, third]);
    expect(missing).toEqual([
      `backup ${full.id}, which backup 20261122-010000F_20261122-020000D builds on, is not in the catalogue`,
    ]);
  });

  it('names each of its faults', () => {
    const known = new Map([
      [full.id, { ...full, status: 'failed' as const, engine: null }],
      [second.id, { ...second, stanza: 'other', status: 'running' as const }],
    ]);
    expect(chainOf(third, known).missing).toEqual([
      expect.stringMatching(/_20261122-020000D, which .*030000I builds on, has status: running/),
      expect.stringMatching(/is in another repository or stanza/),
      expect.stringMatching(/010000F, which .* was made with a dump tool, not with pgbackrest/),
      expect.stringMatching(/has status: failed/),
      expect.stringMatching(/is in another repository or stanza/),
    ]);
  });

  it.each([
    ['an unknown parent', [innodb({ backup_type: 'incremental' })], /does not say which .* import Jagad's own record/],
    ['a missing label', [{ ...full, label: null }], /lacks its label or stanza: scan the bucket/],
    ['a dump among its members', [aBackup()], /is a dump/],
    ['a member from another server', [{ ...copy, connection_id: randomUUID() }, increment], /is from another server/],
    [
      'a gap in the log sequence numbers',
      [{ ...copy, to_lsn: '900' }, increment],
      /ends at log sequence number 900, but the increment begins at 1000/,
    ],
  ])('names %s', (_, backups, words) => {
    expect(missingOf(...backups)).toEqual([expect.stringMatching(words)]);
  });

  it('accepts unknown log sequence numbers', () => {
    expect(missingOf({ ...copy, to_lsn: null }, increment)).toEqual([]);
  });

  it('ends if it leads back to itself', () => {
    const a = innodb({ backup_type: 'incremental' });
    const b = innodb({ backup_type: 'incremental', parent_id: a.id });
    expect(missingOf({ ...a, parent_id: b.id }, b)).toEqual([`backup ${b.id} would build on itself`]);
    expect(missingOf({ ...a, parent_id: a.id })).toHaveLength(1);
  });
});
