import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DbType } from '../../lib/databases/names.ts';
import { NO_MYSQL } from '../support/servers.ts';
import { type End, type Fault, nameOf } from './faults.ts';
import { type Outcome, type Scene, setScene } from './scene.ts';

export function describeFaults(dbType: DbType, faults: readonly Fault[]): void {
  describe(`a fault during a restore to ${dbType}`, () => {
    let scene: Scene | undefined;
    beforeAll(async () => {
      scene = await setScene(dbType);
    });
    afterAll(() => scene?.stop());
    beforeEach((context) => {
      if (scene === undefined) context.skip(NO_MYSQL);
    });

    it.each(faults.map((fault) => ({ ...fault, name: nameOf(fault) })))('$name', async (fault) => {
      expect(toldOf(await (scene as Scene).run(fault))).toBeOneOf([...fault.ends]);
    });
  });
}

/**
 * @returns what is reported about the target.
 * @throws AssertionError if that isn't true
 */
export function toldOf({ target, restore }: Outcome): End {
  const { status, target_state, error } = restore ?? { status: 'failed', target_state: 'untouched', error: null };
  const about = JSON.stringify({ target, status, target_state, error });
  if (status === 'success') {
    expect(target_state, about).toBe('complete');
    expect(target, about).toBe('backup');
    return 'backup';
  }
  expect(status, about).toBe('failed');
  if (target_state === 'untouched') {
    expect(target, about).toBe('before');
    if (restore !== undefined) expect(error?.hint, about).toContain('The target is as it was before.');
    return 'before';
  }
  // it may contain more than promised
  expect(target_state, about).toBe('incomplete');
  expect(error?.hint, about).toContain('The target is incomplete');
  return 'incomplete';
}
