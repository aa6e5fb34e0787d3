/** Stores whose certificates are refused, in a real TLS handshake: reported at once, with what to do. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testStorageProvider } from '../../../lib/connections/providers/test-storage-provider.ts';
import { DownloadError, StorageProviderError } from '../../../lib/errors/errors.ts';
import { openDownload } from '../../../lib/pipeline/download/download.ts';
import { listObjects } from '../../../lib/storage/objects/list-objects.ts';
import { s3ClientFor, s3Source } from '../../../lib/storage/objects/s3-source.ts';
import { makeCertificates, type TestCertificates } from '../../support/certificates.ts';
import { aStorageProvider } from '../../support/records.ts';
import { type TlsFront, tlsFront } from '../../support/tls-front.ts';

/** The first retry of a download comes after 0.2 s, the last one after 15 s. */
const AT_ONCE_MS = 2000;
const BODY = 'the whole object';

const store = createServer((_, response) => {
  response.writeHead(206, { etag: '"v1"', 'content-range': `bytes 0-${BODY.length - 1}/${BODY.length}` });
  response.end(BODY);
});
beforeAll(async () => {
  await once(store.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => void store.close());

const KINDS = {
  'from an unknown authority': {
    make: () => makeCertificates(),
    trusts: false,
    hint: /^Set ca_bundle of the storage provider/,
  },
  'for another name': {
    make: () => makeCertificates('DNS:elsewhere.example'),
    trusts: true,
    hint: /^Set endpoint to a name .* ca_bundle/,
  },
  'that has expired': {
    make: () => makeCertificates('IP:127.0.0.1', { expired: true }),
    trusts: true,
    hint: /^Renew .* ca_bundle/,
  },
};

describe.each(Object.entries(KINDS))('a store with a certificate %s', (_, { make, trusts, hint }) => {
  let certificates: TestCertificates;
  let front: TlsFront;
  beforeAll(async () => {
    certificates = await make();
    front = await tlsFront((store.address() as AddressInfo).port, certificates);
  });
  afterAll(async () => {
    front.close();
    await certificates.remove();
  });
  const provider = () =>
    aStorageProvider({
      endpoint: front.url,
      access_key: 'AK',
      path_style: true,
      ca_bundle: trusts ? certificates.ca : null,
    });
  const told = async (work: Promise<unknown>) => {
    const [began, before] = [performance.now(), front.connections()];
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(performance.now() - began).toBeLessThan(AT_ONCE_MS);
    expect(front.connections() - before).toBe(1);
    return error;
  };

  it('fails a download without a retry', async () => {
    const client = s3ClientFor(provider(), 'secret');
    const error = await told(openDownload(s3Source(client, 'backups', 'backups/x')));
    expect(error).toBeInstanceOf(DownloadError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^the storage of the bucket backups has a certificate that is not trusted: ./),
      hint: expect.stringMatching(hint),
    });
  });

  it('fails a list without a retry', async () => {
    const client = s3ClientFor(provider(), 'secret', { maxAttempts: 5 });
    const error = await told(listObjects(client, 'backups', 'backups/', null));
    expect(error).toBeInstanceOf(StorageProviderError);
    expect(error).toMatchObject({ hint: expect.stringMatching(hint) });
  });

  it('fails its test with the same hint', async () => {
    const found = await testStorageProvider(provider(), async () => s3ClientFor(provider(), 'secret'));
    expect(found).toMatchObject({ ok: false, hint: expect.stringMatching(hint) });
  });
});

it('a store with a trusted authority can be read', async () => {
  const certificates = await makeCertificates();
  const front = await tlsFront((store.address() as AddressInfo).port, certificates);
  const provider = aStorageProvider({
    endpoint: front.url,
    access_key: 'AK',
    path_style: true,
    ca_bundle: certificates.ca,
  });
  const { bytes, chunks } = await openDownload(s3Source(s3ClientFor(provider, 'secret'), 'backups', 'x'));
  expect(bytes).toBe(BODY.length);
  await chunks.return(undefined);
  front.close();
  await certificates.remove();
});
