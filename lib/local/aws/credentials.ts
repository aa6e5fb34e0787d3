import { randomBytes } from 'node:crypto';

/** A key pair for this machine's own services, in the SDK's form. */
export interface LocalCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** If it is set, each request must contain it in addition to its signature. */
  sessionToken?: string;
}

/** A random key pair for one run of the service. */
export function newCredentials(): Required<LocalCredentials> {
  return { ...newKeyPair(), sessionToken: randomBytes(32).toString('base64url') };
}

/** Without a token, because a storage provider's record can't contain one. */
export function newKeyPair(): LocalCredentials {
  return {
    accessKeyId: `LOCAL${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
}
