/** How the pages are served, both by CloudFront and on one machine. */

/**
 * The file for a path. A page's own address has no file, so it gets the one HTML document. Plain JavaScript without
 * references to anything outside, because CloudFront runs its source.
 */
export function fileOf(path: string): string {
  return path.indexOf('/assets/') === 0 || /^\/[^/]+\.[a-z]+$/.test(path) ? path : '/index.html';
}

/** Files under /assets/ carry a hash of their content in their names. */
export function cacheControlOf(file: string): string {
  return file.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}

/** Everything comes from the service's own origin. Only styles may be inline, because the UI components set some. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The headers of every page, in addition to its type. */
export const SECURITY_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;
