import { describe, expect, it } from 'vitest';
import type { Backup } from '../../../lib/backups/model.ts';
import { startVerification, type VerificationStarter } from '../../../lib/backups/verify/start-verification.ts';
import { Conflict, Impossible, NotFound } from '../../../lib/errors/errors.ts';
import { aBackup } from '../../support/records.ts';
import { FakeStepFunctions } from '../../support/step-functions.ts';

const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:Verification';
const NOW = new Date('2026-11-22T02:00:00.123Z');

/** A starter that knows one backup. */
function aStarter(fields: Partial<Backup> = {}) {
  const backup = aBackup(fields);
  const stepFunctions = new FakeStepFunctions(MACHINE);
  const get = async (id: string) => (id === backup.id ? backup : undefined);
  const records = { backups: { get } } as unknown as VerificationStarter['records'];
  const starter = { records, stepFunctions: stepFunctions.client, verificationMachineArn: MACHINE };
  return { backup, stepFunctions, start: (id = backup.id) => startVerification(starter, id, NOW) };
}

describe('starting a verification', () => {
  it.each(['pending', 'passed', 'failed'] as const)('starts an execution for a backup that is %s', async (status) => {
    const { backup, stepFunctions, start } = aStarter({ verify_status: status });
    expect(await start()).toBe(backup);
    expect(stepFunctions.started).toEqual([
      { name: expect.stringMatching(/^20261122020000123-[0-9a-f-]{36}$/), input: { backup_id: backup.id } },
    ]);
  });

  it.each(['mariabackup', 'xtrabackup'] as const)(
    'starts an execution for an archive of %s, whatever its type',
    async (engine) => {
      const { stepFunctions, start } = aStarter({ engine, backup_type: 'incremental' });
      await start();
      expect(stepFunctions.started).toHaveLength(1);
    },
  );

  it('gives each execution its own name of at most 80 characters', async () => {
    const { stepFunctions, start } = aStarter();
    await Promise.all([start(), start(), start()]);
    const names = stepFunctions.started.map(({ name }) => name);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(80);
  });

  it('leaves a running verification alone', async () => {
    const { backup, stepFunctions, start } = aStarter({ verify_status: 'verifying' });
    expect(await start()).toBe(backup);
    expect(stepFunctions.started).toHaveLength(0);
  });

  it.each([
    [{ status: 'running' }, Conflict, 'cannot verify backup with status: running'],
    [{ status: 'failed' }, Conflict, 'cannot verify backup with status: failed'],
    [{ engine: 'pgbackrest' }, Impossible, 'cannot verify a physical backup made with pgbackrest'],
    [{ backup_type: 'incremental' }, Impossible, 'cannot verify an incremental backup'],
  ] as const)('refuses a backup with nothing to verify: %j', async (fields, error, message) => {
    const { stepFunctions, start } = aStarter(fields);
    await expect(start()).rejects.toBeInstanceOf(error);
    await expect(start()).rejects.toThrow(message);
    expect(stepFunctions.started).toHaveLength(0);
  });

  it('refuses a backup that does not exist', async () => {
    const unknown = aStarter().start('7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01');
    await expect(unknown).rejects.toBeInstanceOf(NotFound);
    await expect(unknown).rejects.toThrow('backup not found');
  });
});
