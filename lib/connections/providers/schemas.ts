import { z } from 'zod';
import { id } from '../../storage/fields.ts';
import { pem } from '../../storage/items/schemas.ts';
import { endpointUrl } from '../../storage/objects/storage-endpoint.ts';
import { PROVIDER_TYPES, type StorageProvider } from './model.ts';

const fields = {
  name: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .regex(/^\P{Cc}+$/u, 'must not contain control characters'),
  provider_type: z.enum(PROVIDER_TYPES),
  /** Null means AWS's own endpoint for the region. */
  endpoint: z
    .string()
    .max(2048)
    .overwrite(endpointUrl)
    .refine((endpoint) => z.url({ protocol: /^https?$/ }).safeParse(endpoint).success, 'must be a URL, or host:port')
    .refine((endpoint) => !/[@?#]/.test(endpoint), 'must contain no credentials, query or fragment')
    .nullable(),
  region: z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'must contain only letters, digits and -'),
  bucket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/, 'must be a bucket name'),
  access_key: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[\x21-\x7e]+$/, 'must contain only printable ASCII')
    .nullable(),
  /** Write-only. */
  secret_key: z.string().min(1).max(1024).meta({ writeOnly: true }),
  path_style: z.boolean(),
  ca_bundle: pem.nullable(),
};

const newStorageProvider = z.strictObject({
  ...fields,
  endpoint: fields.endpoint.default(null),
  region: fields.region.default('us-east-1'),
  access_key: fields.access_key.default(null),
  secret_key: fields.secret_key.optional(),
  path_style: fields.path_style.default(false),
  ca_bundle: fields.ca_bundle.default(null),
});

export const newStorageProviderBody = newStorageProvider
  .extend({ is_default: z.boolean().default(false) })
  .check(({ value, issues }) => {
    const problem = providerProblem(value, value.secret_key !== undefined);
    if (problem !== undefined) issues.push({ code: 'custom', ...problem, input: undefined });
  });

/**
 * A provider to test before it is stored. If it has the id of a stored one and no secret key, the stored secret key is
 * used.
 */
export const storageProviderDraftBody = newStorageProvider.extend({ id: id.optional() }).check(({ value, issues }) => {
  const keepsSecretKey = value.id !== undefined && value.access_key !== null;
  const problem = providerProblem(value, value.secret_key !== undefined || keepsSecretKey);
  if (problem !== undefined) issues.push({ code: 'custom', ...problem, input: undefined });
});

/** Fields that are missing keep their values. */
export const storageProviderUpdateBody = z.strictObject(fields).partial();

/**
 * What is wrong with the combination of a provider's settings, if anything, and which field is at fault.
 * @param hasSecretKey whether there is one, or will be.
 */
export function providerProblem(
  { provider_type, endpoint, access_key }: Pick<StorageProvider, 'provider_type' | 'endpoint' | 'access_key'>,
  hasSecretKey: boolean,
): { path: string[]; message: string } | undefined {
  const isNeeded = `is needed with provider_type ${provider_type}`;
  if (provider_type !== 's3' && endpoint === null) return { path: ['endpoint'], message: isNeeded };
  if (provider_type !== 's3' && access_key === null) return { path: ['access_key'], message: isNeeded };
  if ((access_key !== null) !== hasSecretKey)
    return { path: [], message: 'access_key and secret_key: give both, or neither' };
  return undefined;
}

export const storageProviderTestAnswer = z.object({
  ok: z.boolean(),
  can_list: z.boolean(),
  can_read: z.boolean().nullable().describe('null if the bucket has no object to read'),
  error: z.string().nullable(),
  hint: z.string().nullable(),
});
export type StorageProviderTest = z.infer<typeof storageProviderTestAnswer>;

/** An encryption passphrase of Jagad. Its value is never returned. */
export const newEncryptionKeyBody = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must contain only letters, digits, . _ -'),
  value: z.string().min(1).max(1024).meta({ writeOnly: true }),
  is_default: z.boolean().default(false),
});
export const encryptionKeyAnswer = z.object({ id: z.string(), is_default: z.boolean() });
