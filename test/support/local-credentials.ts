/** The key pair of services that a test starts by itself; those of the whole service are random at each start. */
export const LOCAL_CREDENTIALS = { accessKeyId: 'LOCAL', secretAccessKey: 'a-secret-that-nothing-else-holds' };
