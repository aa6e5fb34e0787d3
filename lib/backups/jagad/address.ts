/** The address of Jagad's API, and the credentials for it. Pure. */
import { MalformedRequest } from '../../errors/errors.ts';

export interface JagadAddress {
  /** Without a trailing slash: `https://jagad.example.org`, or `https://example.org/jagad` behind a proxy. */
  url: string;
  /** PEM: certificate authorities to trust in addition to the machine's, for a private certificate. */
  caBundle?: string | null;
}

/** A token becomes invalid when Jagad restarts. With a password, the reader signs in again. */
export type JagadCredentials = { username: string; password: string } | { token: string };

/**
 * Reads an address that a person typed. As long as it may contain a password, no error message repeats it.
 * @param whose its name in messages: `Jagad`.
 * @returns the address without a trailing slash.
 * @throws MalformedRequest
 */
export function readBaseUrl(text: string, whose: string): string {
  const hint = `Write the address that ${whose} is opened at in a browser, such as https://jagad.example.org or http://10.0.0.7:8080.`;
  // also a password whose characters make the URL invalid
  if (/^[^/]*\/\/[^/?#]*@/.test(text)) {
    throw new MalformedRequest(`the address of ${whose} contains a user name or a password`, {
      hint: 'Leave them out of the address and give them on their own. If a password was in it, change it: the address may be in a log by now.',
    });
  }
  const url = URL.parse(text.trim());
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new MalformedRequest(`the address of ${whose} is not a URL that begins with http:// or https://`, { hint });
  }
  if (url.search !== '' || url.hash !== '') {
    throw new MalformedRequest(`the address of ${whose} has a query or a fragment (? or #)`, { hint });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/api$/, '');
}

/** @throws MalformedRequest */
export function readJagadUrl(text: string): string {
  return readBaseUrl(text, 'Jagad');
}

/** Whether data that is sent there, including the password, crosses a network unencrypted. */
export function isSentInClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/**
 * @returns the credentials in the form that the API takes.
 * @throws MalformedRequest for values that no request can contain.
 */
export function readJagadCredentials(credentials: JagadCredentials): JagadCredentials {
  if (!('token' in credentials)) {
    if (credentials.username === '' || credentials.password === '') {
      throw new MalformedRequest('the user or the password of Jagad is empty', { hint: 'Give both, or a token.' });
    }
    return credentials;
  }
  // people also copy the word "Bearer", which other APIs need; Jagad refuses it
  const token = credentials.token.trim().replace(/^Bearer\s+/i, '');
  if (!/^[\x21-\x7e]{1,4096}$/.test(token)) {
    throw new MalformedRequest('the token of Jagad is empty, or contains characters that no token has', {
      hint: 'Copy it again from the answer to POST /api/auth/login, or give user and password.',
    });
  }
  return { token };
}
