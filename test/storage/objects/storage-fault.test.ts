import { expect, it } from 'vitest';
import { storageProvider } from '../../../lib/connections/providers/model.ts';
import { providerProblem } from '../../../lib/connections/providers/schemas.ts';
import { explainStorageFault, type StorageFault } from '../../../lib/storage/objects/storage-fault.ts';

const provider = storageProvider.parse({
  id: crypto.randomUUID(),
  name: 'p',
  provider_type: 's3-compat',
  endpoint: 'https://s3.example.com',
  bucket: 'backups',
  access_key: 'AK',
  created_at: '2026-11-22T02:00:00Z',
});

it.each<[fault: Partial<StorageFault>, error: RegExp, hint: RegExp]>([
  [{ name: 'NoSuchBucket', status: 404 }, /no bucket backups/, /Check bucket/],
  [{ name: 'NotFound', status: 404 }, /no bucket backups/, /Check bucket/],
  [{ name: 'AccessDenied', status: 403 }, /access denied/, /Allow s3:ListBucket on backups/],
  [{ name: '403', status: 403 }, /access denied/, /s3:GetObject/],
  [{ name: 'InvalidAccessKeyId', status: 403 }, /does not know the access key/, /access_key/],
  [{ name: 'SignatureDoesNotMatch', status: 403 }, /secret key does not belong/, /both together/],
  [{ name: 'CredentialsProviderError' }, /no credentials/, /own role on AWS/],
  [{ name: 'InvalidObjectState', status: 403 }, /archived/, /Glacier/],
  [{ name: 'PermanentRedirect', status: 301 }, /not in us-east-1/, /region/],
  [{ name: 'AuthorizationHeaderMalformed', status: 400 }, /not in us-east-1/, /region/],
  [{ name: 'Error', code: 'ECONNREFUSED' }, /s3\.example\.com cannot be reached \(ECONNREFUSED\)/, /network/],
  [{ name: 'Error', code: 'ENOTFOUND' }, /cannot be reached/, /endpoint/],
  [{ name: 'Error', code: 'SELF_SIGNED_CERT_IN_CHAIN', message: 'self-signed' }, /self-signed/, /certificate/],
  [{ name: 'Error', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', message: 'unable' }, /unable/, /ca_bundle/],
  [{ name: 'TimeoutError' }, /does not answer/, /network/],
  [{ name: 'AbortError' }, /does not answer/, /network/],
  [{ name: 'SyntaxError' }, /not answer like an S3 store/, /path_style\. It said: SyntaxError/],
])('says what %o means', (fault, error, hint) => {
  const explained = explainStorageFault(provider, 'list the bucket', { name: '', message: '', ...fault });
  expect(explained.error).toMatch(/^cannot list the bucket: /);
  expect(explained.error).toMatch(error);
  expect(explained.hint).toMatch(hint);
});

it("names AWS's own endpoint by its region", () => {
  const aws = { ...provider, endpoint: null, region: 'eu-west-1' };
  expect(explainStorageFault(aws, 'read x', { name: 'TimeoutError', message: '' }).error).toBe(
    "cannot read x: AWS's endpoint of eu-west-1 does not answer",
  );
});

it('knows which settings belong together', () => {
  const problem = (fields: Partial<typeof provider>, hasSecretKey: boolean) =>
    providerProblem({ ...provider, ...fields }, hasSecretKey);
  expect(problem({}, true)).toBeUndefined();
  expect(problem({ provider_type: 's3', endpoint: null, access_key: null }, false)).toBeUndefined();
  expect(problem({ provider_type: 's3', access_key: null }, false)).toBeUndefined();
  const notBoth = { path: [], message: 'access_key and secret_key: give both, or neither' };
  expect(problem({}, false)).toEqual(notBoth);
  expect(problem({ provider_type: 's3', access_key: null }, true)).toEqual(notBoth);
  const isNeeded = 'is needed with provider_type s3-compat';
  expect(problem({ access_key: null }, false)).toEqual({ path: ['access_key'], message: isNeeded });
  expect(problem({ endpoint: null }, true)).toEqual({ path: ['endpoint'], message: isNeeded });
});
