import { expect, test } from 'vitest';
import { explainPgBackRest } from '../../../lib/formats/pgbackrest/failure.ts';

test.each([
  [
    'ERROR: [029]: raised from local-2 protocol: zlib threw error: [-3] data error\n       [FormatError] on retry after 0ms\n',
    '[029]: raised from local-2 protocol: zlib threw error: [-3] data error; [FormatError] on retry after 0ms',
    'pgbackrest verify',
  ],
  [
    "P00  ERROR: [095]: unable to find hostname '127.0.0.1' in certificate common name or subject alternative names",
    "[095]: unable to find hostname '127.0.0.1' in certificate common name or subject alternative names",
    'certificate',
  ],
  [
    "[CryptoError] unable to load info file '/a' or '/b':\nCryptoError: cipher header invalid\nHINT: is or was the repo encrypted?\nCryptoError: cipher header invalid",
    "[CryptoError] unable to load info file '/a' or '/b':; CryptoError: cipher header invalid",
    'cipher_pass',
  ],
  [
    "[HostConnectError] unable to connect to '127.0.0.1:18444': [111] Connection refused",
    "[HostConnectError] unable to connect to '127.0.0.1:18444': [111] Connection refused",
    'endpoint',
  ],
  [
    '[ProtocolError] HTTP request failed with 404 (Not Found):\n*** Path/Query ***:',
    '[ProtocolError] HTTP request failed with 404 (Not Found)',
    'bucket, region',
  ],
  [
    "ERROR: [039]: unable to write '/x': [28] No space left on device",
    "[039]: unable to write '/x': [28] No space left on device",
    'larger disk',
  ],
  ['', 'it does not say why', 'another backup'],
])("%#: in pgBackRest's words, with what to do", (text, message, hint) => {
  const explained = explainPgBackRest(text);
  expect(explained.message).toBe(message);
  expect(explained.hint).toContain(hint);
});

test('a line that holds a whole file is shortened', () => {
  expect(
    explainPgBackRest(`[FormatError] key/value found outside of section: ${'x'.repeat(5000)}`).message,
  ).toHaveLength(301);
});
