/** What passes between CloudFront and the API. Header names in lower case, as API Gateway hands them on. */

/** Holds the secret that CloudFront adds: who does not know it, did not come that way. */
export const ORIGIN_HEADER = 'x-jagad-restore-origin';

/** `<address>:<port>` of whoever called CloudFront; an IPv6 address has no brackets. CloudFront overwrites what a caller sends. */
export const VIEWER_ADDRESS_HEADER = 'cloudfront-viewer-address';

/** The cookie that holds a session's token. */
export const SESSION_COOKIE = 'session';

/** What the API reads of a caller's headers beside Authorization and the cookie, or API Gateway itself for other sites' pages. */
export const API_HEADERS = [
  'content-type',
  'idempotency-key',
  'origin',
  'sec-fetch-site',
  'access-control-request-headers',
  'access-control-request-method',
] as const;
