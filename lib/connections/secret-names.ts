/** The names of secrets: the service's common prefix, followed by what the secret belongs to. */
export interface SecretNames {
  /** JSON `{"password": "…"}`, for a connection that doesn't name a secret of its own. */
  connection(connectionId: string): string;
  /** JSON `{"cipher_pass": "…"}`, for the pgBackRest repository of a connection's server, if that is encrypted. */
  cipherPass(connectionId: string): string;
  /** JSON `{"secret_key": "…"}`. */
  storageProvider(providerId: string): string;
  /** JSON `[{"id": "…", "value": "…"}]`, the default first. */
  encryptionKeys: string;
  /** Plain text: the first administrator's generated password. */
  adminPassword: string;
  /** Plain text: the secret by which the API recognises CloudFront. */
  originHeader: string;
}

export function secretNames(prefix: string): SecretNames {
  return {
    connection: (id) => `${prefix}/connections/${id}`,
    cipherPass: (id) => `${prefix}/cipher-passes/${id}`,
    storageProvider: (id) => `${prefix}/storage-providers/${id}`,
    encryptionKeys: `${prefix}/encryption-keys`,
    adminPassword: `${prefix}/admin-password`,
    originHeader: `${prefix}/origin-header`,
  };
}
