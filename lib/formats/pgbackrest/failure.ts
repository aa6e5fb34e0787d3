/** Makes pgBackRest's error messages readable. Pure. */

export interface PgBackRestFailure {
  message: string;
  hint: string;
}

/** What to do about a message; the first match counts. */
const HINTS: [RegExp, string][] = [
  [
    /CryptoError\]?:? ?(unable to (find hostname|verify)|.*certificate)|unable to find hostname|certificate verify/i,
    "pgBackRest trusts the store's certificate neither by the machine's authorities nor by the ca_bundle of the storage provider, or not for this name: it compares DNS names, not addresses.",
  ],
  [
    /cipher header invalid|unable to flush|is or was the repo encrypted|outside of section/i,
    'Check the cipher_pass: whether the repository is encrypted, and with which passphrase.',
  ],
  [/\b(401|403) \(|ExpiredToken/, 'Check bucket permissions and the credentials of the storage provider.'],
  [/\b(301|307|400|404) \(/, "Check the storage provider's bucket, region, endpoint and path_style."],
  [/unable to (connect|get address)|timeout/i, "Check the storage provider's endpoint, and whether it can be reached."],
  [/No space left on device/i, "Give the restore task a larger disk: the server's files have to fit on it."],
];
const OTHER = 'Restore another backup; `pgbackrest verify` shows what else in the repository is damaged.';

/**
 * @param text its stderr, or a single message.
 * @returns the first error and its detail, without the HTTP headers of a refused request. The hint says what to do
 * next.
 */
export function explainPgBackRest(text: string): PgBackRestFailure {
  const lines = text
    .slice(Math.max(0, text.search(/^(P\d+ +)?ERROR: /m)))
    .split('\n')
    .map((line) => line.replace(/^(P\d+ +)?(ERROR|WARN|INFO): /, '').trim())
    .filter((line) => line !== '' && !line.startsWith('HINT: '))
    // with a wrong passphrase, a line may contain a whole file of garbage
    .map((line) => (line.length > LINE_CHARACTERS ? `${line.slice(0, LINE_CHARACTERS)}…` : line));
  const headers = lines.findIndex((line) => line.startsWith('*** '));
  const told = (headers < 0 ? lines : lines.slice(0, headers)).slice(0, LINES_SHOWN);
  const message = [...new Set(told)].join('; ').replace(/:$/, '') || 'it does not say why';
  const hint = HINTS.find(([pattern]) => pattern.test(text))?.[1] ?? OTHER;
  return { message, hint };
}

const LINES_SHOWN = 6;
const LINE_CHARACTERS = 300;
