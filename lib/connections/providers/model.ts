import { z } from 'zod';
import { id, time } from '../../storage/fields.ts';

export const PROVIDER_TYPES = ['s3', 'r2', 'minio', 'gcs', 'b2', 's3-compat'] as const;

export const storageProvider = z.object({
  id,
  name: z.string().min(1).max(200),
  provider_type: z.enum(PROVIDER_TYPES),
  /** Null means AWS's own endpoint for the region. */
  endpoint: z.url().nullable().default(null),
  region: z.string().min(1).default('us-east-1'),
  bucket: z.string().min(3).max(255),
  /** Null means the task's own role on AWS. The secret key is in a secret named by the provider's id. */
  access_key: z.string().nullable().default(null),
  path_style: z.boolean().default(false),
  /** PEM: certificate authorities to trust in addition to the machine's, for a store with a private certificate. */
  ca_bundle: z.string().nullable().default(null),
  is_default: z.boolean().default(false),
  /** False for an imported provider until its secret key is set, because Jagad never reveals it. */
  secret_key_set: z.boolean().default(true),
  /** The ids of the storage providers in Jagad that this one stands for. */
  jagad_ids: z.array(id).default([]),
  created_at: time,
});
export type StorageProvider = z.infer<typeof storageProvider>;
