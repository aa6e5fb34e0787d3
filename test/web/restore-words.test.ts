import { describe, expect, it } from 'vitest';
import type { STAGES } from '../../lib/pipeline/progress.ts';
import { placeText, retryHref, sourceOf, targetOf } from '../../web/src/restores/places.ts';
import { leftByCancel, stageText } from '../../web/src/restores/stages.ts';
import { aBackup, aRestore } from '../support/records.ts';

const OTHER = '11111111-1111-4111-8111-111111111111';

describe('the words for source and target', () => {
  const backup = aBackup({ database_name: 'shop' });

  it('say that it goes back to where the backup came from, unless the restore says otherwise', () => {
    expect(targetOf(aRestore(), backup)).toEqual({ connection: backup.connection_id, database: 'shop' });
    expect(targetOf(aRestore({ target_database: 'copy' }), backup)).toEqual({
      connection: backup.connection_id,
      database: 'copy',
    });
    expect(targetOf(aRestore({ target_connection: OTHER }), backup)).toEqual({ connection: OTHER, database: 'shop' });
  });

  it('exist even before the backup is read', () => {
    const nameOf = (id: string | null) => (id === null ? '–' : 'Production');
    expect(placeText(sourceOf(undefined), nameOf)).toBe('– on –');
    expect(placeText(sourceOf(backup), nameOf)).toBe('shop on Production');
  });
});

describe('the link to try again', () => {
  it('has the target as it was requested', () => {
    const restore = aRestore({ target_connection: OTHER, target_database: 'a&b c' });
    expect(retryHref(restore)).toBe(
      `/backups/${restore.backup_id}/restore?target_connection=${OTHER}&target_database=a%26b+c`,
    );
  });

  it('has all databases of a request, and the point in time that was requested', () => {
    const target = { kind: 'transaction', id: '742' } as const;
    const timings = { download_ms: null, prepare_ms: null, replay_ms: null, load_ms: null };
    const taken = (source_database: string, target_database: string) =>
      aRestore({
        ...{ backup_id: OTHER, target_connection: OTHER, target_database },
        recovery: { restore_ids: [OTHER], source_database, target, timeline: 2, reached: null, timings },
      });
    const group = [taken('shop', 'shop_2'), taken('a&b', 'c')] as const;
    expect(retryHref(group[1], group)).toBe(
      `/backups/${OTHER}/restore?target_connection=${OTHER}&from=shop&to=shop_2&from=a%26b&to=c&transaction_id=742&timeline=2`,
    );
    expect(sourceOf(aBackup({ database_name: 'main' }), group[0]).database).toBe('shop');
  });

  it('leaves out what was not requested', () => {
    const restore = aRestore();
    expect(retryHref(restore)).toBe(`/backups/${restore.backup_id}/restore`);
  });
});

describe('the words for the state of a restore', () => {
  const at = (stage: (typeof STAGES)[number]) => ({ stage, bytes_done: 1, bytes_total: 2 });

  it('say where it ended', () => {
    expect(stageText(aRestore())).toBe('Waiting to start');
    expect(stageText(aRestore({ progress: at('verifying') }))).toBe('Verifying the backup');
    expect(stageText(aRestore({ progress: at('verifying'), status: 'failed' }))).toBe(
      'Failed while verifying the backup',
    );
    expect(stageText(aRestore({ status: 'cancelled' }))).toBe('Did not start');
  });

  it('say what a cancel leaves behind: nothing, before the restore writes', () => {
    expect(leftByCancel(aRestore({ target_state: 'untouched' }))).toContain('has written nothing yet');
    expect(leftByCancel(aRestore({ target_state: 'incomplete' }))).toContain('left incomplete');
    expect(leftByCancel(aRestore({ target_state: null }))).toContain('left incomplete');
  });
});
