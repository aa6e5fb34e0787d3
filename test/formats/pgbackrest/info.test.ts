import { expect, test } from 'vitest';
import { findHeldBackup, parseInfo } from '../../../lib/formats/pgbackrest/info.ts';

const backup = (label: string, id = 2, extra = {}) => ({
  label,
  database: { id, 'repo-key': 1 },
  archive: { start: '000000010000000000000002', stop: '000000010000000000000003' },
  info: { size: 23066102, delta: 23066102 },
  timestamp: { start: 1795382804, stop: 1795382809 },
  error: false,
  ...extra,
});
const stanza = (backups: object[], extra = {}) => ({
  name: 'main',
  status: { code: 0, message: 'ok' },
  repo: [{ key: 1, cipher: 'none', status: { code: 0, message: 'ok' } }],
  db: [
    { id: 1, version: '14' },
    { id: 2, version: '15' },
  ],
  backup: backups,
  archive: [
    { id: '14-1', database: { id: 1 }, min: null, max: null },
    { id: '15-2', database: { id: 2 }, min: '000000010000000000000001', max: '00000001000000000000000B' },
  ],
  ...extra,
});
const info = (...stanzas: object[]) => parseInfo(JSON.stringify(stanzas));
const find = (label: string, ...stanzas: object[]) => findHeldBackup(info(...stanzas), 'main', label, 'backups/here');

test('a backup is returned with the version and the archive of its own cluster', () => {
  const there = stanza([backup('old', 1), backup('new', 2, { error: true })]);
  expect(find('new', there)).toEqual({
    label: 'new',
    major: '15',
    bytes: 23066102,
    stoppedAt: new Date('2026-11-22T21:26:49Z'),
    walStart: '000000010000000000000002',
    walStop: '000000010000000000000003',
    archiveMax: '00000001000000000000000B',
    damaged: true,
  });
  expect(find('old', there)).toMatchObject({ major: '14', archiveMax: null, damaged: false });
});

test('a missing item is reported with the existing ones', () => {
  expect(() => find('x', stanza([]))).toThrow('the backup x is not in the stanza main, which has none');
  expect(() => find('x')).toThrow('the stanza main is not in the repository backups/here, which has none');
  const many = Array.from({ length: 23 }, (_, number) => backup(`backup-${number}`));
  expect(() => find('x', stanza(many))).toThrow(/which has backup-3, .*, backup-22 and 3 older ones$/);
});

test('an unreadable repository is reported in pgBackRest’s words, without headers', () => {
  const status = {
    code: 99,
    message:
      '[ProtocolError] HTTP request failed with 403 (Forbidden):\n*** Path/Query ***:\nGET /backups\n*** Request Headers ***:\nhost: x',
  };
  const broken = stanza([], { name: '[invalid]', repo: [{ status }] });
  expect(() => info(broken)).toThrow(
    expect.objectContaining({
      name: 'StorageProviderError',
      message: 'pgBackRest cannot read its repository: [ProtocolError] HTTP request failed with 403 (Forbidden)',
      hint: 'Check bucket permissions and the credentials of the storage provider.',
    }),
  );
  // the message contains what a wrong passphrase makes of a file
  const garbage = JSON.stringify([broken]).replace('403', '\u0001\u001f 403');
  expect(() => parseInfo(garbage)).toThrow(/403/);
});
