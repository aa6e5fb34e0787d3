/** Types for packages that have none of their own: only what is called here. */
declare module 's3rver' {
  import type { RequestListener } from 'node:http';
  export default class S3rver {
    constructor(options: {
      silent: boolean;
      vhostBuckets: boolean;
      directory: string;
      configureBuckets: { name: string; configs: string[] }[];
    });
    configureBuckets(): Promise<void>;
    /** Koa's function that a server calls with each request. */
    callback(): RequestListener;
  }
}

declare module 's3rver/lib/models/account.js' {
  export default class AwsAccount {
    static DUMMY_ACCOUNT: AwsAccount;
    createKeyPair(accessKeyId: string, secretAccessKey: string): void;
    revokeAccessKey(accessKeyId: string): void;
  }
}
