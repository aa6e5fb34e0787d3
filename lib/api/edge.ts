/** What CloudFront passes to the API. Header names are in lower case, as in API Gateway's events. */

/** Contains the secret that CloudFront adds. A request without it did not come through CloudFront. */
export const ORIGIN_HEADER = 'x-jagad-restore-origin';

/**
 * `<address>:<port>` of CloudFront's caller; an IPv6 address has no brackets. CloudFront overwrites what a caller
 * sends.
 */
export const VIEWER_ADDRESS_HEADER = 'cloudfront-viewer-address';

/** The cookie that holds a session's token. */
export const SESSION_COOKIE = 'session';

/** The caller's other headers: those that the API reads, and those that API Gateway reads for other sites' pages. */
export const API_HEADERS = [
  'content-type',
  'idempotency-key',
  'origin',
  'sec-fetch-site',
  'access-control-request-headers',
  'access-control-request-method',
] as const;
