/** Where secrets lie: one prefix for the whole service, then what the secret belongs to. */
export interface SecretNames {
  /** JSON `{"password": "…"}`, for a connection that does not name a secret of its own. */
  connection(connectionId: string): string;
  /** JSON `{"cipher_pass": "…"}`, of the pgBackRest repository of a connection's server, if that is encrypted. */
  cipherPass(connectionId: string): string;
  /** JSON `{"secret_key": "…"}`. */
  storageProvider(providerId: string): string;
  /** JSON `[{"id": "…", "value": "…"}]`, the default first. */
  encryptionKeys: string;
  /** Plain text: the first administrator's password, as it was generated. */
  adminPassword: string;
  /** Plain text: what CloudFront is known by. */
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
