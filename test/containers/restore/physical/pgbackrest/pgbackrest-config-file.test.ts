import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PgBackRestConfigFile } from '../../../../../containers/restore/physical/pgbackrest/pgbackrest-config-file.ts';
import { PrivateFiles } from '../../../../../lib/engines/programs/private-files.ts';
import { until } from '../../../../support/until.ts';

let parent: string;
let files: PrivateFiles;
beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), 'jagad-config-'));
  files = await PrivateFiles.in(parent);
});
afterEach(() => rmSync(parent, { recursive: true }));

const place = {
  provider: { endpoint: null, region: 'eu-central-1', bucket: 'backups', path_style: false },
  repository: 'pgbackrest/shop/main',
  cipherPass: 'pass',
  caFile: undefined,
  stanza: 'main',
  dataDirectory: '/data',
  workDirectory: '/private',
};

test('expiring credentials are replaced in the file, even after a failed read', async () => {
  let reads = 0;
  const logged: string[] = [];
  const config = await PgBackRestConfigFile.in(files, {
    place,
    account: undefined,
    log: (line) => logged.push(line),
    credentials: async () => {
      reads += 1;
      if (reads === 2) throw new Error('the role is not to be had');
      const expiration = reads < 3 ? { expiration: new Date(Date.now() + 100) } : {};
      return { accessKeyId: `KEY${reads}`, secretAccessKey: 's', sessionToken: 't', ...expiration };
    },
  });
  const text = () => readFileSync(config.path, 'utf8');
  expect(text()).toContain('repo1-s3-key=KEY1\n');
  expect(statSync(config.path).mode & 0o777).toBe(0o600);
  await until(async () => text().includes('repo1-s3-key=KEY3\n'));
  expect(logged).toEqual(["NOTE: the storage's credentials could not be renewed: the role is not to be had"]);
  await config.close();
  expect(readdirSync(files.home)).toEqual(['pgbackrest.conf']);
});

test('permanent credentials are read once', async () => {
  let reads = 0;
  const credentials = async () => ({ accessKeyId: `KEY${++reads}`, secretAccessKey: 's' });
  const config = await PgBackRestConfigFile.in(files, { place, account: undefined, log: () => {}, credentials });
  await config.close();
  expect(reads).toBe(1);
});
