/** Settings that only one machine gives its programs: addresses and keys of what stands in for AWS. */
export const OF_ONE_MACHINE: readonly string[] = [
  'SERVICE_BUCKET_ENDPOINT',
  'SERVICE_BUCKET_ACCESS_KEY',
  'SERVICE_BUCKET_SECRET_KEY',
];
