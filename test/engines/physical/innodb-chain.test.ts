import { describe, expect, it } from 'vitest';
import { checkLink } from '../../../lib/engines/physical/innodb-chain.ts';
import type { Checkpoints } from '../../../lib/formats/innodb/files.ts';

const full: Checkpoints = { type: 'full', fromLsn: '0', toLsn: '100' };
const next: Checkpoints = { type: 'incremental', fromLsn: '100', toLsn: '250' };
const record = (backup_type: 'full' | 'incremental', from_lsn: string | null = null, to_lsn: string | null = null) => ({
  backup_type,
  from_lsn,
  to_lsn,
  storage_path: 'mariabackup/myserver/a.tar.gz',
});

describe('a chain continues', () => {
  it('from a full backup, as recorded, or if nothing is recorded', () => {
    checkLink(record('full', '0', '100'), full, undefined);
    checkLink(record('full'), full, undefined);
  });

  it('where the one before it ended, also if nothing was written in between', () => {
    checkLink(record('incremental'), next, full);
    checkLink(record('incremental'), { ...next, toLsn: '100' }, full);
  });
});

describe('a chain is broken', () => {
  it('if a link is missing: both ends are named', () => {
    expect(() => checkLink(record('incremental'), { ...next, fromLsn: '180' }, full)).toThrow(
      'the chain is broken before mariabackup/myserver/a.tar.gz: it is an incremental backup from LSN 180 to 250, and the backup before it ends at LSN 100',
    );
  });

  it('if the full backup is missing', () => {
    expect(() => checkLink(record('incremental'), next, undefined)).toThrow('the full backup before it is missing');
  });

  it('if there is a full backup in the middle', () => {
    expect(() => checkLink(record('full'), { ...full, fromLsn: '100' }, full)).toThrow('the chain is broken before');
  });

  it.each([record('full'), record('incremental', '90'), record('incremental', '100', '251')])(
    'if an object differs from the recorded one: %o',
    (other) => {
      expect(() => checkLink(other, next, full)).toThrow(
        'is an incremental backup from LSN 100 to 250, but it is recorded as',
      );
    },
  );
});
