import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { replaceFile } from '../state/atomic-file.ts';
import { diskFault, notWritable } from '../state/disk-full.ts';
import type { LocalCredentials } from './credentials.ts';
import { type ListeningServer, serveJsonService } from './json-service.ts';
import { ServiceFault } from './service-fault.ts';

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The secrets of one machine. They are in a file that is sealed with AES-256-GCM, with the key in another file next to
 * it. Only their owner can read the two.
 */
export class SecretsFile {
  readonly #path: string;
  readonly #key: Buffer;
  #values: Record<string, string>;

  #onChange = (): void => {};

  /**
   * @param directory must be private.
   * @throws Error that names the file that is missing or was changed; then nothing is written.
   */
  constructor(directory: string) {
    this.#path = join(directory, 'secrets.sealed');
    const keyPath = join(directory, 'secrets.key');
    if (!existsSync(keyPath)) {
      if (existsSync(this.#path)) throw new Error(`${keyPath} is missing: it opens ${this.#path}`);
      replaceFile(keyPath, randomBytes(KEY_BYTES));
    }
    this.#key = readFileSync(keyPath);
    if (this.#key.length !== KEY_BYTES)
      throw new Error(`${keyPath} has ${this.#key.length} bytes instead of ${KEY_BYTES}`);
    this.#values = existsSync(this.#path) ? this.#read() : {};
  }

  get key(): Uint8Array {
    return this.#key;
  }

  /** The number of secrets. */
  get size(): number {
    return Object.keys(this.#values).length;
  }

  /** All secrets except one. */
  allBut(name: string): Record<string, string> {
    const { [name]: _, ...others } = this.#values;
    return others;
  }

  /** @param listener called after each change. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  get(name: string): string | undefined {
    return this.#values[name];
  }

  /** @throws ServiceFault if the disk doesn't accept the write; then the secret keeps its value. */
  set(name: string, value: string): void {
    this.#change({ ...this.#values, [name]: value });
  }

  /** @throws as `set` does. */
  delete(name: string): void {
    this.#change(this.allBut(name));
  }

  #change(values: Record<string, string>): void {
    try {
      replaceFile(this.#path, this.#seal(JSON.stringify(values)));
    } catch (error) {
      const reason = diskFault(error);
      throw reason === undefined ? error : notWritable(dirname(this.#path), reason);
    }
    this.#values = values;
    this.#onChange();
  }

  #read(): Record<string, string> {
    try {
      return JSON.parse(this.#open(readFileSync(this.#path)));
    } catch (cause) {
      throw new Error(`${this.#path} cannot be opened with its key: ${(cause as Error).message}`, { cause });
    }
  }

  #seal(text: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]);
  }

  #open(bytes: Buffer): string {
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  }
}

/** Serves the part of Secrets Manager that the service calls. */
export function serveSecrets(secrets: SecretsFile, credentials: LocalCredentials): Promise<ListeningServer> {
  /** Versions that aren't the current one, by their ids. */
  const proposed = new Map<string, string>();
  const current = (name: string): string => {
    const value = secrets.get(name);
    if (value === undefined) throw new ServiceFault('ResourceNotFoundException', `no secret ${name}`);
    return value;
  };
  return serveJsonService(
    {
      GetSecretValue: ({ SecretId }: { SecretId: string }) => {
        const value = current(SecretId);
        return { Name: SecretId, SecretString: value, VersionId: versionOf(value) };
      },
      CreateSecret: ({ Name, SecretString }: { Name: string; SecretString: string }) => {
        if (secrets.get(Name) !== undefined) throw new ServiceFault('ResourceExistsException', `${Name} exists`);
        secrets.set(Name, SecretString);
        return { Name };
      },
      PutSecretValue: (input: PutSecretValue) => {
        const { SecretId, SecretString, ClientRequestToken, VersionStages } = input;
        current(SecretId);
        if (VersionStages === undefined) secrets.set(SecretId, SecretString);
        else proposed.set(ClientRequestToken, SecretString);
        return { Name: SecretId, VersionId: ClientRequestToken };
      },
      UpdateSecretVersionStage: ({ SecretId, MoveToVersionId, RemoveFromVersionId }: UpdateSecretVersionStage) => {
        const value = proposed.get(MoveToVersionId);
        if (value === undefined || RemoveFromVersionId !== versionOf(current(SecretId))) {
          throw new ServiceFault('InvalidParameterException', `${RemoveFromVersionId} is not the current version`);
        }
        secrets.set(SecretId, value);
        proposed.delete(MoveToVersionId);
        return { Name: SecretId };
      },
      DeleteSecret: ({ SecretId }: { SecretId: string }) => {
        current(SecretId);
        secrets.delete(SecretId);
        return { Name: SecretId };
      },
    },
    { service: 'secretsmanager', credentials },
  );
}

interface PutSecretValue {
  SecretId: string;
  SecretString: string;
  ClientRequestToken: string;
  /** Given by callers that don't mean the current version. */
  VersionStages?: string[];
}

interface UpdateSecretVersionStage {
  SecretId: string;
  MoveToVersionId: string;
  RemoveFromVersionId: string;
}

/** The file has no versions, so they are distinguished by their content. */
function versionOf(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}
