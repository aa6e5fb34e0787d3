import { expect, it } from 'vitest';
import { encryptionDemand } from '../../../lib/pipeline/decryption/encryption-demand.ts';
import { aBackup, aConnection } from '../../support/records.ts';

it.each([
  [{}, {}, undefined],
  [{ encryption_algo: 'AES-256-GCM' }, {}, "the backup's record says AES-256-GCM"],
  [{ encryption_key_id: 'jagad-2026' }, {}, "the backup's record names the encryption key jagad-2026"],
  [{}, { encrypted_only: true }, 'the connection Production PG accepts only encrypted backups'],
  [{ encryption_algo: 'AES-256-GCM' }, { encrypted_only: true }, "the backup's record says AES-256-GCM"],
] as const)('a backup with %j on a connection with %j: %s', (backup, connection, why) => {
  expect(encryptionDemand(aBackup(backup), aConnection(connection))).toBe(why);
});

it('a backup without its connection is judged by its record alone', () => {
  expect(encryptionDemand(aBackup(), undefined)).toBeUndefined();
});
