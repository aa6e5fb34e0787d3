/** The form that imports from a running Jagad, and its request body. Pure. */
import type { z } from 'zod';
import { isSentInClear, readJagadUrl } from '../../../../lib/backups/jagad/address.ts';
import { importFromJagadBody } from '../../../../lib/backups/schemas.ts';
import { MalformedRequest } from '../../../../lib/errors/errors.ts';
import { sentence } from '../../format/sentence.ts';

export interface JagadValues {
  url: string;
  sign_in: 'password' | 'token';
  username: string;
  password: string;
  token: string;
  ca_bundle: string;
  /** Empty means the default provider. */
  storage_provider_id: string;
}

/** Jagad's first user is called admin. */
export function jagadValues(providerId: string): JagadValues {
  const signIn = { sign_in: 'password', username: 'admin', password: '', token: '' } as const;
  return { url: '', ...signIn, ca_bundle: '', storage_provider_id: providerId };
}

export function jagadBody(values: JagadValues) {
  const { url, sign_in, username, password, token, ca_bundle, storage_provider_id } = values;
  return {
    url: url.trim(),
    ...(sign_in === 'password' ? { username: username.trim(), password } : { token: token.trim() }),
    // a bundle that was pasted with other text before it begins at its first certificate
    ...(ca_bundle.trim() === '' ? {} : { ca_bundle: ca_bundle.trim() }),
    ...(storage_provider_id === '' ? {} : { storage_provider_id }),
  };
}

export type JagadBody = z.output<typeof jagadSchema>;

/** The API's own schema, with the checks that the API only makes when it is called. */
export const jagadSchema = importFromJagadBody.check(({ value, issues }) => {
  for (const name of ['username', 'password', 'token'] as const) {
    if (value[name] === '') {
      issues.push({ code: 'custom', path: [name], message: 'enter a value', input: value[name] });
    }
  }
  const problem = value.url === '' ? undefined : addressProblem(value.url);
  if (problem !== undefined) issues.push({ code: 'custom', path: ['url'], message: problem, input: value.url });
});

/** A warning about an address while the user types it. */
export function addressWarning(url: string): string | undefined {
  if (addressProblem(url) !== undefined || !isSentInClear(readJagadUrl(url))) return undefined;
  return 'This address is not encrypted: the password or token for Jagad will cross the network in clear text.';
}

function addressProblem(url: string): string | undefined {
  try {
    readJagadUrl(url);
    return undefined;
  } catch (error) {
    if (!(error instanceof MalformedRequest)) throw error;
    return [sentence(error.message), error.hint].join(' ');
  }
}
