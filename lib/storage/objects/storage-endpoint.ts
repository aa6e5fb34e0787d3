/**
 * The address of a store, as a URL. Jagad lists `host:port` without a scheme, and always uses TLS. Any other text that
 * isn't a URL is returned as it is, and the schema then refuses it.
 */
export function endpointUrl(endpoint: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`;
}
