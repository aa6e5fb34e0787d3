import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withKey } from '../../../lib/connections/keys/model.ts';
import { changeEncryptionKeys, readEncryptionKeys } from '../../../lib/connections/keys/stored-keys.ts';
import { Conflict } from '../../../lib/errors/errors.ts';
import type { ListeningServer } from '../../../lib/local/aws/json-service.ts';
import { SecretsFile, serveSecrets } from '../../../lib/local/aws/secrets-service.ts';
import { deleteSecret, readSecret, readSecretField, writeSecret } from '../../../lib/storage/secrets/secrets.ts';
import { LOCAL_CREDENTIALS } from '../../support/local-credentials.ts';

let directory: string;
let umask: number;
beforeEach(() => {
  umask = process.umask(0); // nothing but the code itself keeps others out
  directory = mkdtempSync(join(tmpdir(), 'jagad-test-'));
});
afterEach(() => {
  process.umask(umask);
  rmSync(directory, { recursive: true });
});
const SEALED = 'secrets.sealed';

const KEY_ARN = 'arn:aws:kms:us-east-1:000000000000:key/1';

describe('the file', () => {
  it('contains no secret in plain text, and only its owner can read it and its key', () => {
    new SecretsFile(directory).set('app/connections/1', 'hunter2-hunter2');
    expect(readdirSync(directory).toSorted()).toEqual(['secrets.key', SEALED]);
    for (const name of readdirSync(directory)) {
      expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
      expect(readFileSync(join(directory, name), 'latin1')).not.toMatch(/hunter2|connections/);
    }
  });

  it('keeps its secrets when it is opened again', () => {
    const secrets = new SecretsFile(directory);
    secrets.set('a', 'one');
    secrets.set('b', 'zwei ✓ "\\\n');
    secrets.set('a', 'another');
    const again = new SecretsFile(directory);
    expect([again.get('a'), again.get('b'), again.get('c')]).toEqual(['another', 'zwei ✓ "\\\n', undefined]);
  });

  it('is sealed again with each write', () => {
    const secrets = new SecretsFile(directory);
    const sealed = ['x', 'x', 'x'].map((value) => {
      secrets.set('a', value);
      return readFileSync(join(directory, SEALED), 'hex');
    });
    expect(new Set(sealed).size).toBe(3);
    expect(new Set(sealed.map((hex) => hex.slice(0, 24))).size).toBe(3);
  });

  it('is refused if any byte of it or of its key was changed, or if it is truncated', () => {
    new SecretsFile(directory).set('a', 'one');
    const path = join(directory, SEALED);
    const sealed = readFileSync(path);
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ 1;
      writeFileSync(path, changed);
      expect(() => new SecretsFile(directory)).toThrow();
    }
    for (const length of [0, 11, 12, 27, 28, sealed.length - 1]) {
      writeFileSync(path, sealed.subarray(0, length));
      expect(() => new SecretsFile(directory)).toThrow();
    }
    writeFileSync(path, sealed);
    expect(new SecretsFile(directory).get('a')).toBe('one');
    writeFileSync(join(directory, 'secrets.key'), Buffer.alloc(32, 1));
    expect(() => new SecretsFile(directory)).toThrow();
  });
});

describe('Secrets Manager', () => {
  it('answers the SDK: values, their fields, keys, and missing secrets', async () => {
    const secrets = new SecretsFile(directory);
    secrets.set('app/api-token', 'token');
    secrets.set('app/connections/1', '{"password":"p","empty":"","number":7}');
    secrets.set('app/encryption-keys', '[{"id":"new","value":"k1"},{"id":"old","value":"k2"}]');
    secrets.set('broken', '[{"id":"hunter2"');
    const server = await serveSecrets(secrets, LOCAL_CREDENTIALS);
    const client = new SecretsManagerClient({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: LOCAL_CREDENTIALS,
    });
    try {
      expect(await readSecret(client, 'app/api-token')).toBe('token');
      expect(await readSecret(client, 'app/nothing')).toBeUndefined();
      const field = (name: string) => readSecretField(client, 'app/connections/1', name);
      expect([await field('password'), await field('empty'), await field('number'), await field('x')]).toEqual([
        'p',
        undefined,
        undefined,
        undefined,
      ]);
      expect(await readSecretField(client, 'app/api-token', 'password')).toBeUndefined();
      expect(await readEncryptionKeys(client, 'app/encryption-keys')).toEqual([
        { id: 'new', masterKey: 'k1' },
        { id: 'old', masterKey: 'k2' },
      ]);
      expect(await readEncryptionKeys(client, 'app/none')).toEqual([]);
      await expect(readEncryptionKeys(client, 'broken')).rejects.toThrow(/broken is not a JSON list/);
      await expect(readEncryptionKeys(client, 'broken')).rejects.not.toThrow(/hunter2/);
    } finally {
      client.destroy();
      await server.close();
    }
  });

  describe('accepts what the SDK writes', () => {
    let secrets: SecretsFile;
    let server: ListeningServer;
    let client: SecretsManagerClient;
    beforeEach(async () => {
      secrets = new SecretsFile(directory);
      server = await serveSecrets(secrets, LOCAL_CREDENTIALS);
      client = new SecretsManagerClient({
        endpoint: server.url,
        region: 'us-east-1',
        credentials: LOCAL_CREDENTIALS,
      });
    });
    afterEach(async () => {
      client.destroy();
      await server.close();
    });

    it('creates, changes and deletes secrets', async () => {
      await writeSecret({ client, keyArn: KEY_ARN }, 'app/1', 'one');
      expect(await readSecret(client, 'app/1')).toBe('one');
      await writeSecret({ client, keyArn: KEY_ARN }, 'app/1', 'two');
      expect(new SecretsFile(directory).get('app/1')).toBe('two');
      await deleteSecret(client, 'app/1');
      expect(await readSecret(client, 'app/1')).toBeUndefined();
      expect(new SecretsFile(directory).get('app/1')).toBeUndefined();
      await deleteSecret(client, 'app/1');
    });

    it('writes a secret that others create or delete at the same time', async () => {
      const texts = Array.from({ length: 10 }, (_, n) => `text ${n}`);
      await Promise.all(texts.map((text) => writeSecret({ client, keyArn: KEY_ARN }, 'app/1', text)));
      expect(texts).toContain(await readSecret(client, 'app/1'));
    });

    it.each([['[]'], [undefined]])(
      'loses no encryption key when several are added at once, after %s',
      async (before) => {
        if (before !== undefined) secrets.set('keys', before);
        const ids = Array.from({ length: 8 }, (_, n) => `key-${n}`);
        await Promise.all(
          ids.map((id) =>
            changeEncryptionKeys({ client, keyArn: KEY_ARN }, 'keys', (keys) =>
              withKey(keys, { id, value: `v-${id}` }, false),
            ),
          ),
        );
        const keys = await readEncryptionKeys(client, 'keys');
        expect(keys.map(({ id }) => id).toSorted()).toEqual(ids);
      },
    );

    it('leaves the keys unchanged when a change throws, and never overwrites what it cannot read', async () => {
      secrets.set('keys', '[{"id":"a","value":"hunter2"}]');
      const twice = changeEncryptionKeys({ client, keyArn: KEY_ARN }, 'keys', (keys) =>
        withKey(keys, { id: 'a', value: 'x' }, false),
      );
      await expect(twice).rejects.toBeInstanceOf(Conflict);
      secrets.set('broken', '{"id":"hunter2"}');
      await expect(changeEncryptionKeys({ client, keyArn: KEY_ARN }, 'broken', () => [])).rejects.toThrow(
        /broken is not a JSON list/,
      );
      expect([secrets.get('keys'), secrets.get('broken')]).toEqual([
        '[{"id":"a","value":"hunter2"}]',
        '{"id":"hunter2"}',
      ]);
    });
  });
});
