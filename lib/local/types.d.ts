/** Packages that bring no types of their own: what is called of them. */
declare module 'dynalite' {
  import type { Server } from 'node:http';
  export default function dynalite(options: { path?: string; createTableMs?: number; updateTableMs?: number }): Server;
}

declare module 's3rver' {
  export default class S3rver {
    constructor(options: {
      address: string;
      port: number;
      silent: boolean;
      vhostBuckets: boolean;
      directory: string;
      configureBuckets: { name: string; configs: string[] }[];
      cert?: Buffer;
      key?: Buffer;
    });
    run(): Promise<{ address: string; port: number }>;
  }
}
