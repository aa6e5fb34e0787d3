/** What each TLS mode does, in words. */
import { ENGINES } from '../../../../lib/domain/engines/engines.ts';
import { type DbType, SSL_MODES, type SslMode } from '../../../../lib/domain/records.ts';
import type { Choice } from '../../forms/fields.tsx';

const WORDS: Record<SslMode, string> = {
  disable: 'Never encrypted. Whoever is on the way can read the data and the login.',
  allow: 'Not encrypted, unless the server insists on it.',
  prefer: 'Encrypted where the server can, else not. Any certificate is taken.',
  require: 'Always encrypted. Any certificate is taken, so somebody in between could pose as the server.',
  'verify-ca': 'Always encrypted, and the certificate must come from an authority that is trusted.',
  'verify-full': 'Always encrypted, and the certificate must be made out to this host. The safest.',
};

export function sslModeChoices(dbType: DbType): Choice<SslMode>[] {
  return SSL_MODES.map((value) => ({
    value,
    label: value,
    description: ENGINES[dbType].sslModeNotes[value] ?? WORDS[value],
  }));
}
