/** What of this machine's environment the programs of the service get: the functions and the tasks alike. Pure. */

/**
 * Where programs lie, which authorities are trusted, and the way to the network. What only the functions had would pass a
 * test of a storage provider, and then fail every restore.
 */
const PASSED_ON = [
  'PATH',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_SYSTEM_CA',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_USE_ENV_PROXY',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
];

/**
 * Settings of the tasks that a stage has as its own, and this machine as environment variables.
 * @throws Error that says what to write
 */
export function taskSettings({ STORAGE_OUTAGE_MINUTES: minutes }: NodeJS.ProcessEnv): Record<string, string> {
  if (minutes === undefined) return {};
  if (!(Number(minutes) > 0 && Number(minutes) <= 240)) {
    throw new Error('STORAGE_OUTAGE_MINUTES: write a number of minutes up to 240, such as 10');
  }
  return { STORAGE_OUTAGE_MINUTES: minutes };
}

export function machineEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
