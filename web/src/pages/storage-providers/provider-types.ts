/** The kinds of storage, and what to fill in for each. */
import type { StorageProvider } from '../../../../lib/connections/providers/model.ts';

type ProviderType = StorageProvider['provider_type'];

interface Kind {
  label: string;
  /** An example of its address. */
  endpoint: string;
  region: string;
  path_style: boolean;
}

export const PROVIDER_TYPE: Record<ProviderType, Kind> = {
  s3: { label: 'Amazon S3', endpoint: 'https://s3.eu-west-1.amazonaws.com', region: 'us-east-1', path_style: false },
  r2: {
    label: 'Cloudflare R2',
    endpoint: 'https://ACCOUNT-ID.r2.cloudflarestorage.com',
    region: 'auto',
    path_style: false,
  },
  minio: { label: 'MinIO', endpoint: 'https://minio.example.org:9000', region: 'us-east-1', path_style: true },
  gcs: {
    label: 'Google Cloud Storage',
    endpoint: 'https://storage.googleapis.com',
    region: 'auto',
    path_style: false,
  },
  b2: {
    label: 'Backblaze B2',
    endpoint: 'https://s3.us-west-004.backblazeb2.com',
    region: 'us-west-004',
    path_style: false,
  },
  's3-compat': {
    label: 'Other, S3-compatible',
    endpoint: 'https://storage.example.org',
    region: 'us-east-1',
    path_style: true,
  },
};

/** Where a provider's bucket is. */
export function placeOf({ endpoint, region }: Pick<StorageProvider, 'endpoint' | 'region'>): string {
  return endpoint ?? `AWS, ${region}`;
}
