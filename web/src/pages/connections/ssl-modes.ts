/** What each TLS mode does, in words. */

import { ENGINES } from '../../../../lib/databases/engines.ts';
import { type DbType, SSL_MODES, type SslMode } from '../../../../lib/databases/names.ts';
import type { Choice } from '../../forms/fields.tsx';

const WORDS: Record<SslMode, string> = {
  disable: 'Never encrypted. Anyone on the network path can read the data and the login.',
  allow: 'Not encrypted, unless the server requires it.',
  prefer: 'Encrypted if the server supports it, otherwise not. Accepts any certificate.',
  require: 'Always encrypted. Accepts any certificate, so an attacker on the network path could pose as the server.',
  'verify-ca': 'Always encrypted, and the certificate must come from a trusted authority.',
  'verify-full': 'Always encrypted, and the certificate must also name this host. The safest mode.',
};

export function sslModeChoices(dbType: DbType): Choice<SslMode>[] {
  return SSL_MODES.map((value) => ({
    value,
    label: value,
    description: ENGINES[dbType].sslModeNotes[value] ?? WORDS[value],
  }));
}
