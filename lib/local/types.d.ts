/** Packages that bring no types of their own: what is called of them. */
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
    /** Koa's: what a server is to call with each request. */
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
