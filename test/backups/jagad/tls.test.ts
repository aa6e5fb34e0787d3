import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { JagadClient } from '../../../lib/backups/jagad/client.ts';
import { makeCertificates, type TestCertificates } from '../../support/certificates.ts';
import { type JagadServer, startJagad } from '../../support/jagad-server.ts';

let certificates: TestCertificates;
let jagad: JagadServer;
beforeAll(async () => {
  certificates = await makeCertificates();
  jagad = await startJagad({ tls: certificates });
});
afterAll(async () => {
  await jagad.stop();
  await certificates.remove();
});

const read = (url: string, caBundle: string | null) =>
  new JagadClient({ url, caBundle }, { token: jagad.signIn() }, { retryDelayMs: 5 }).get(
    '/api/connections',
    z.array(z.unknown()),
  );

it('trusts a certificate from its own authority only with the CA bundle', async () => {
  expect(await read(jagad.url, certificates.ca)).toHaveLength(11);
  await expect(read(jagad.url, null)).rejects.toMatchObject({
    name: 'JagadError',
    message: expect.stringMatching(/^Jagad cannot be reached at https:.*certificate/),
    hint: 'Give the certificate of the authority that signed its certificate as the CA bundle.',
  });
});

it('refuses a certificate for another name', async () => {
  await expect(read(jagad.url.replace('127.0.0.1', 'localhost'), certificates.ca)).rejects.toMatchObject({
    hint: expect.stringMatching(/not made out to localhost/),
  });
});

it.each([
  ['https', 'http'],
  ['http', 'https'],
])('says whether to write http or https: %s there, %s given', async (there, given) => {
  const other = there === 'http' ? await startJagad() : jagad;
  const promise = read(other.url.replace(there, given), null);
  await expect(promise).rejects.toMatchObject({ hint: expect.stringContaining(`${there}://`) });
  if (other !== jagad) await other.stop();
});
