/** Checks whether a request came through CloudFront, and who sent it. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ORIGIN_HEADER, VIEWER_ADDRESS_HEADER } from '../../lib/api/edge.ts';
import { readEnvironment } from '../../lib/api/environment.ts';
import { Forbidden } from '../../lib/errors/errors.ts';
import { readSecret } from '../../lib/storage/secrets/secrets.ts';
import type { ApiEvent } from './answers.ts';

/** How long the secret is cached. After a change, calls with the new secret are refused for that long. */
const KEEP_MS = 60_000;

/** Reads the secret; returns undefined if there is no CloudFront in front of the API. */
export type ReadOriginSecret = (() => Promise<string | undefined>) | undefined;

/** The middleware of every call. After it, the request's source address is that of CloudFront's caller. */
export function edge(read: ReadOriginSecret) {
  return async ({ event }: { event: ApiEvent }): Promise<void> => {
    if (read === undefined) return;
    if (!isSame(event.headers[ORIGIN_HEADER], await read())) {
      throw new Forbidden('the API cannot be called at this address', {
        hint: 'Call it at the address of the web pages, which is the output Url of the stack.',
      });
    }
    const viewer = event.headers[VIEWER_ADDRESS_HEADER]?.replace(/:\d+$/, '');
    if (viewer !== undefined) event.requestContext.http.sourceIp = viewer;
  };
}

/** The secret in this function's environment, read again every minute. */
export function originSecret(now: () => number = Date.now): ReadOriginSecret {
  const { ORIGIN_HEADER_SECRET: name } = readEnvironment(['ORIGIN_HEADER_SECRET']);
  if (name === undefined) return undefined;
  const client = new SecretsManagerClient({});
  let kept: { secret: Promise<string | undefined>; until: number } | undefined;
  return () => {
    if (kept === undefined || now() >= kept.until) {
      const secret = readSecret(client, name);
      kept = { secret, until: now() + KEEP_MS };
      // a failure isn't cached
      secret.catch(() => {
        kept = undefined;
      });
    }
    return kept.secret;
  };
}

/** Takes the same time whether or not the values match. */
function isSame(given: string | undefined, secret: string | undefined): boolean {
  if (given === undefined || secret === undefined || secret === '') return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
