import { randomBytes } from 'node:crypto';

/** A key pair for this machine's own services, in the SDK's terms. */
export interface LocalCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** If there is one, each request must carry it in addition to its signature. */
  sessionToken?: string;
}

/** Random ones, for one run of the service. */
export function newCredentials(): Required<LocalCredentials> {
  return { ...newKeyPair(), sessionToken: randomBytes(32).toString('base64url') };
}

/** Without a token: what a storage provider's record can contain. */
export function newKeyPair(): LocalCredentials {
  return {
    accessKeyId: `LOCAL${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
}
