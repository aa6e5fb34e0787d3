/**
 * What another user of this machine can find out: a program that permanently gives up root, then tries every file,
 * process, port and socket. Started by fork(), with a message that says where to look; it answers with everything that
 * it received.
 */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import type { LocalCredentials } from '../../../lib/local/aws/credentials.ts';
import { LOCAL_CREDENTIALS } from '../local-credentials.ts';
import { call, type Request, sign } from '../signed-request.ts';

export interface Search {
  uid: number;
  ports: number[];
  sockets: string[];
  directories: string[];
  /** What is looked for. */
  secrets: string[];
  /** A login to PostgreSQL that works: it shows that trying does. */
  login: { port: number; user: string; password: string };
}

export interface Found {
  /** `place: secret` */
  secrets: string[];
  /** What every port returned, as `port what status`. */
  answers: string[];
  /** How many files could be read, and processes' arguments. */
  filesRead: number;
  processesRead: number;
  /** Whether the login that was given works. */
  canLogIn: boolean;
}

/** The keys that anyone may know. */
const KNOWN_KEYS: LocalCredentials[] = [
  { accessKeyId: 'local', secretAccessKey: 'local' },
  { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
  LOCAL_CREDENTIALS,
];
const CALLS = [
  ['secretsmanager', 'secretsmanager.GetSecretValue', '{"SecretId":"jagad-restore/local/encryption-keys"}'],
  ['dynamodb', 'DynamoDB_20120810.ListTables', '{}'],
  ['states', 'AWSStepFunctions.StartExecution', '{"stateMachineArn":"x","name":"x","input":"{}"}'],
  ['events', 'AWSEvents.PutEvents', '{"Entries":[]}'],
] as const;

process.once('message', async (search: Search) => {
  process.setgroups?.([]);
  process.setgid?.(search.uid);
  process.setuid?.(search.uid);
  const found: Found = { secrets: [], answers: [], filesRead: 0, processesRead: 0, canLogIn: false };
  const look = (place: string, text: string) => {
    for (const secret of search.secrets) if (text.includes(secret)) found.secrets.push(`${place}: ${secret}`);
  };
  for (const directory of search.directories) walk(directory, look, found);
  readProcesses(look, found);
  for (const socket of search.sockets) look(socket, await typed({ path: socket }));
  await Promise.all(search.ports.map((port) => tryPort(port, look, found)));
  const { port, user, password } = search.login;
  found.canLogIn = await logsIn(port, user, password);
  process.send?.(found, () => process.exit(0));
});

type Look = (place: string, text: string) => void;

function walk(directory: string, look: Look, found: Found): void {
  for (const name of attempt(() => readdirSync(directory)) ?? []) {
    const path = join(directory, name);
    const status = attempt(() => lstatSync(path));
    if (status?.isDirectory()) walk(path, look, found);
    if (!status?.isFile()) continue;
    const text = attempt(() => readFileSync(path, 'latin1'));
    if (text === undefined) continue;
    found.filesRead++;
    look(path, text);
  }
}

function readProcesses(look: Look, found: Found): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (Number(pid) === process.pid) continue;
    for (const file of ['cmdline', 'environ', 'maps', 'auxv']) {
      const text = attempt(() => readFileSync(`/proc/${pid}/${file}`, 'latin1'));
      if (text === undefined) continue;
      if (file === 'cmdline') found.processesRead++;
      look(`/proc/${pid}/${file}`, text);
    }
    for (const fd of attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
      look(`/proc/${pid}/fd/${fd}`, attempt(() => readFileSync(`/proc/${pid}/fd/${fd}`, 'latin1')) ?? '');
    }
  }
}

async function tryPort(port: number, look: Look, found: Found): Promise<void> {
  const url = `http://127.0.0.1:${port}`;
  const requests: [string, Request][] = [
    ['a page', { method: 'GET', url: `${url}/`, headers: {} }],
    ['the API', { method: 'GET', url: `${url}/api/backups`, headers: {} }],
    ['a bucket', { method: 'GET', url: `${url}/backups?list-type=2`, headers: {} }],
    ['a new object', { method: 'PUT', url: `${url}/backups/theirs`, headers: {}, body: 'theirs' }],
  ];
  for (const [service, target, body] of CALLS) {
    const request = {
      method: 'POST',
      url: `${url}/`,
      headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' },
      body,
    };
    requests.push([target, request]);
    for (const credentials of KNOWN_KEYS)
      requests.push([`${target} signed`, await sign(request, { service, credentials })]);
  }
  for (const credentials of KNOWN_KEYS) {
    requests.push([
      'a bucket signed',
      await sign({ method: 'GET', url: `${url}/backups`, headers: {} }, { credentials }),
    ]);
  }
  requests.push(
    ...requests.map(([what, request]): [string, Request] => [
      `${what} of a foreign host`,
      { ...request, headers: { ...request.headers, host: 'evil.example' } },
    ]),
  );
  for (const [what, request] of requests) {
    const answer = await call(request).catch(() => undefined);
    found.answers.push(`${port} ${what} ${answer?.status ?? 'no HTTP'}`);
    look(`${port} ${what}`, answer?.body ?? '');
  }
  look(`${port} HTTP/1.0`, await typed({ port, host: '127.0.0.1' }));
  const tries = ['postgres', 'root', 'nobody', 'jagad'].map(async (user) => {
    if (await logsIn(port, user, '')) found.answers.push(`${port} login of ${user} without a password 200`);
  });
  await Promise.all(tries);
}

/** To PostgreSQL, MySQL or MariaDB, whichever it is. */
async function logsIn(port: number, user: string, password: string): Promise<boolean> {
  const place = { host: '127.0.0.1', port, user, password };
  const postgres = new pg.Client({ ...place, database: 'postgres', connectionTimeoutMillis: 3000 });
  postgres.on('error', () => {});
  const isIn = await postgres.connect().then(
    () => true,
    () => false,
  );
  await postgres.end().catch(() => {});
  const mysql = await createConnection({ ...place, connectTimeout: 3000 }).catch(() => undefined);
  mysql?.destroy();
  return isIn || mysql !== undefined;
}

/** The answer to a request that names no host. */
function typed(place: { port: number; host: string } | { path: string }): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(place as { port: number });
    let text = '';
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
    socket.write('GET /api/backups HTTP/1.0\r\n\r\n');
  });
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
