/** The whole service on this machine: `npm start`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isNotWritable } from '../lib/errors/not-writable.ts';
import { builtPages } from '../lib/infra/pages/build.ts';
import { goBack } from '../lib/local/aws/go-back.ts';
import { ApiClient } from '../lib/local/demo/api-client.ts';
import { runDemo, startDemoServers } from '../lib/local/demo/demo.ts';
import { ensurePackages } from '../lib/local/packages.ts';
import { startLocalService } from '../lib/local/service.ts';
import { stateDirectoryOf } from '../lib/local/state/state-directory.ts';
import { stateReport } from '../lib/local/state/state-report.ts';

const HELP = `Usage: npm start [-- OPTIONS]

Runs a demo, then serves the restore service at http://127.0.0.1:8080. The demo: throwaway PostgreSQL and MariaDB servers (MySQL too,
if one is found) get a small database each, which is backed up as Jagad does it, damaged, and restored through the
HTTP API. Missing database packages are installed first.

  --exit       stop after the demo; exit code 0 if every table was restored exactly
  --no-demo    serve at once, without the demo and its servers
  --check      read all of the state and check that it is intact, changing nothing: exit code 0 if it is (or there is none yet), else 1
  --go-back N  bring back the secrets of copy N and, if the database is damaged, that copy's records; what was there is
               set aside. --check lists the copies
  --help       show this

Environment:
  PORT            the port, default 8080
  STATE_DIR       where the service keeps its state, default .local; closed to all other users
  LOG_MAX_MIB     size in MiB at which a log is rotated: service.log becomes service.log.1; default 20
  LOG_FILES       how many logs are kept, including service.log; default 5
  MYSQL_BIN_DIR   a directory with mysqld, mysql and mysqldump of a real MySQL

If the password of the first administrator is lost: npm run reset-admin-password
`;

const DEFAULT_PORT = 8080;

/** Our output's destination may be full or gone: that must not end a restore. */
for (const out of [process.stdout, process.stderr]) out.on('error', () => {});

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      exit: { type: 'boolean', default: false },
      'no-demo': { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      'go-back': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (options.help) {
    process.stdout.write(HELP);
    return;
  }
  const stateDirectory = stateDirectoryOf(process.env);
  if (options.check) {
    const { lines, isWhole } = await stateReport(stateDirectory);
    for (const line of lines) say(line);
    process.exitCode = isWhole ? 0 : 1;
    return;
  }
  if (options['go-back'] !== undefined) {
    process.umask(0o077);
    const { setAside, records } = await goBack(stateDirectory, Number(options['go-back']));
    say(`The secrets are those of copy ${options['go-back']}. What was there is in ${setAside}.`);
    if (records !== undefined) {
      say(
        `The database is new, with the ${records} records of that copy: scan the storage providers to find the backups again.`,
      );
    }
    return;
  }
  const port = readPort(process.env.PORT);
  const isNew = !existsSync(join(stateDirectory, 'secrets.sealed'));
  const cleanUps: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    })();
    return stopping;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      say('stopping');
      void stop().then(() => process.exit(0));
    });
  }

  try {
    const demo = !options['no-demo'];
    if (demo) await ensurePackages(['postgresql', 'mariadb-server', 'mariadb-client'], say);
    const serversStarting = demo ? startDemoServers(say, (server) => cleanUps.push(() => server.stop())) : [];
    Promise.resolve(serversStarting).catch(() => {}); // awaited below, once there is a service to stop
    const pages = await builtPages(() => say('building the pages'));
    process.umask(0o077); // from here on, all files that are written are state, which only this account may read
    const service = await startLocalService({ stateDirectory, port, pages });
    cleanUps.push(() => service.stop());
    // a later start with this state doesn't print it again: so print it before the demo, which may fail, and again at
    // the end
    const tellPassword = () => {
      if (service.newAdminPassword === undefined) return;
      say(`  first administrator: admin, password ${service.newAdminPassword} (shown only at this start; change it)`);
    };
    if (demo) tellPassword();
    const servers = await serversStarting;
    if (demo) await runDemo(service, new ApiClient(service.url, service.token), servers, say);
    say('');
    if (!options.exit) say(`The service is at ${service.url}, its state in ${stateDirectory}.`);
    tellPassword();
    if (options.exit) return await stop();
    say(`  token of this session: ${service.token}`);
    // don't pass it as an argument of curl: every user of the machine can read arguments
    say(`  try: echo 'Authorization: Bearer ${service.token}' | curl -H @- ${service.url}/api/restores`);
    say('Ctrl+C stops it.');
  } catch (error) {
    await stop();
    // this start created the first administrator's password, and may have failed before printing it
    const isMade = isNew && existsSync(join(stateDirectory, 'secrets.sealed'));
    if (isMade) process.stderr.write('npm run reset-admin-password gives admin a new password.\n');
    throw error;
  }
}

function readPort(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`PORT must be a port number, not "${text}"`);
  return port;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: NodeJS.ErrnoException) => {
  const taken = error.code === 'EADDRINUSE';
  const next = taken
    ? ': choose another port, PORT=8081 npm start'
    : isNotWritable(error)
      ? ': free some space, then start again'
      : '';
  process.stderr.write(`${error.message}${next}\n`);
  process.exit(1);
});
