/**
 * What is wrong with a server's certificate, according to the error of Node.js or a driver. No retry helps. Pure.
 * Codes: Node.js, "TLS: X.509 certificate error codes".
 */

export type CertificateFault = 'other name' | 'expired' | 'not valid yet' | 'untrusted';

interface TlsError {
  code?: unknown;
  message?: string | undefined;
}

/** The first match counts. Drivers give some of these errors their own code, but keep OpenSSL's wording. */
const RULES: readonly [fault: CertificateFault, code: RegExp, message: RegExp][] = [
  ['other name', /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/, /does not match certificate's altnames/],
  ['expired', /^CERT_HAS_EXPIRED$/, /certificate has expired/],
  ['not valid yet', /^CERT_NOT_YET_VALID$/, /certificate is not yet valid/],
  [
    'untrusted',
    /CERT|ISSUER|LEAF_SIGNATURE|^INVALID_CA$|^INVALID_PURPOSE$|^PATH_LENGTH_EXCEEDED$/,
    /certificate|self.signed/i,
  ],
];

/** What is wrong with the certificate, or undefined if the error is about something else. */
export function certificateFault({ code, message = '' }: TlsError): CertificateFault | undefined {
  const rule = RULES.find(([, codes, messages]) => codes.test(String(code ?? '')) || messages.test(message));
  return rule?.[0];
}

/** What to do about a store whose certificate is refused. */
export function storeCertificateHint(fault: CertificateFault): string {
  switch (fault) {
    case 'other name':
      return "Set endpoint to a name that the store's certificate is made out to; ca_bundle doesn't help with this.";
    case 'expired':
      return "Renew the store's certificate; if another authority signs it, set ca_bundle of the storage provider to that one.";
    case 'not valid yet':
      return "Check the clock of this machine and the store's certificate; ca_bundle doesn't help with this.";
    case 'untrusted':
      return "Set ca_bundle of the storage provider to the certificate of the authority that signed the store's.";
  }
}
