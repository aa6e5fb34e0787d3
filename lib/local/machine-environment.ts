/** The variables of this machine's environment that the service's programs get, both functions and tasks. Pure. */

/**
 * The variables that say where programs are, which authorities to trust, and how to reach the network. If only the
 * functions had them, a storage provider would pass its test, and then every restore would fail.
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
 * Settings of tasks that are stage settings on AWS, and environment variables on this machine.
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
