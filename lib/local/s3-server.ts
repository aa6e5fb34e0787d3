/** The process of the local S3 server: `s3-server.ts DIRECTORY BUCKET…`. Tells its address to its parent, and ends with it. */
import S3rver from 's3rver';

const [directory, ...buckets] = process.argv.slice(2);
const server = new S3rver({
  address: '127.0.0.1',
  port: 0,
  silent: true,
  vhostBuckets: false,
  directory: directory as string,
  configureBuckets: buckets.map((name) => ({ name, configs: [] })),
});
const { port } = await server.run();
process.on('disconnect', () => process.exit(0));
process.send?.(`http://127.0.0.1:${port}`);
