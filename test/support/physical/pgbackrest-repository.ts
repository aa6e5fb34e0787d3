/** A PostgreSQL server with a pgBackRest repository of it, in a real S3 server that speaks TLS. */
import { execFile } from 'node:child_process';
import { chown, mkdtemp, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { StorageProvider } from '../../../lib/connections/providers/model.ts';
import { unprivilegedAccount } from '../../../lib/engines/programs/account.ts';
import { startS3 } from '../../../lib/local/aws/s3.ts';
import { startPostgres } from '../../../lib/local/servers/postgres.ts';
import { type RunningServer, startThrowaway } from '../../../lib/local/servers/throwaway.ts';
import { makeCertificates } from '../certificates.ts';
import { runSql } from '../harness.ts';
import { LOCAL_CREDENTIALS } from '../local-credentials.ts';
import { until } from '../until.ts';

const run = promisify(execFile);

export const STANZA = 'main';
export const PLAIN = 'pgbackrest/shop/main';
export const SEALED = 'pgbackrest/sealed/main';
export const CIPHER_PASS = 'correct horse; battery=staple #1';

/** As pgBackRest reports a backup. */
export interface BackupInfo {
  label: string;
  archive: { start: string; stop: string };
}

/** A server that archives into the repositories. */
export interface ArchivingServer {
  server: RunningServer;
  sql(database: string | undefined, ...statements: string[]): Promise<Record<string, unknown>[]>;
  backup(repo: 1 | 2, type: 'full' | 'incr'): Promise<BackupInfo>;
  /** Closes the WAL segment that is written, and waits until it is archived. @returns its name */
  archiveWal(): Promise<string>;
}

export interface SourceServer extends ArchivingServer {
  provider: StorageProvider;
  /** Makes `postgres`, the first superuser, one of another name; from then on all is done as another superuser. */
  renameSuperuser(): Promise<void>;
  /** What `pgbackrest info` prints. */
  info(repo: 1 | 2): Promise<unknown>;
  /**
   * Restores the newest backup of the plain repository as a second server, recovered to the end of the archived WAL and
   * promoted, which archives into the same repositories: a new timeline. It ends with the source.
   * @param args further options of `pgbackrest restore`.
   */
  promoteCopy(...args: string[]): Promise<ArchivingServer>;
  /** Does the work while the plain repository lacks the object whose key holds that text, such as a segment's name. */
  withoutObject<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Does the work while bytes in the middle of that object are changed. */
  withDamagedObject<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Does the work while that object has another content. */
  withObjectOf<T>(name: string, content: string, work: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export async function startSource(): Promise<SourceServer> {
  const account = await unprivilegedAccount();
  const directory = await mkdtemp(join(await quickDirectory(), 'jagad-pgbackrest-'));
  if (account) await chown(directory, account.uid, account.gid);
  // pgBackRest compares names alone, even if the host is an address
  const certificates = await makeCertificates('IP:127.0.0.1,DNS:127.0.0.1');
  const s3 = await startS3(join(directory, 's3'), ['backups'], {
    credentials: LOCAL_CREDENTIALS,
    certificate: certificates,
  });
  const configFile = join(directory, 'source.conf');
  const archiving = [
    ...['wal_level=replica', 'archive_mode=on'],
    `archive_command=pgbackrest --config=${configFile} --stanza=${STANZA} --pg1-path="$PWD" archive-push %p`,
  ].flatMap((setting) => ['-c', setting]);
  const server = await startPostgres({
    parentDir: await quickDirectory(),
    extraArgs: [...archiving, '-c', `unix_socket_directories=${directory}`],
  });
  const copies: RunningServer[] = [];
  let { username } = server;
  const sql = (database: string | undefined, ...statements: string[]) =>
    runSql({ ...server, username }, database, statements);
  const [{ data_directory } = {}] = await sql(undefined, 'SHOW data_directory');
  const repository = (number: number, path: string) => [
    `repo${number}-type=s3`,
    `repo${number}-path=/${path}`,
    `repo${number}-s3-endpoint=127.0.0.1`,
    `repo${number}-storage-port=${new URL(s3.url).port}`,
    `repo${number}-storage-ca-file=${join(certificates.directory, 'ca.pem')}`,
    `repo${number}-s3-region=us-east-1`,
    `repo${number}-s3-bucket=backups`,
    `repo${number}-s3-uri-style=path`,
    `repo${number}-s3-key=${LOCAL_CREDENTIALS.accessKeyId}`,
    `repo${number}-s3-key-secret=${LOCAL_CREDENTIALS.secretAccessKey}`,
    `repo${number}-bundle=y`,
    `repo${number}-retention-full=9`,
  ];
  const config = [
    '[global]',
    ...repository(1, PLAIN),
    ...repository(2, SEALED),
    'repo2-cipher-type=aes-256-cbc',
    `repo2-cipher-pass=${CIPHER_PASS}`,
    ...[`lock-path=${directory}`, `spool-path=${directory}`, 'log-level-file=off', 'log-level-console=warn'],
    ...['start-fast=y', 'compress-level=1', 'process-max=2'],
    `[${STANZA}]`,
    `pg1-path=${data_directory}`,
    `pg1-socket-path=${directory}`,
    `pg1-port=${server.port}`,
  ];
  await writeFile(configFile, config.join('\n'));
  const pgBackRest = async (...args: string[]) => {
    const env = { PATH: process.env.PATH, LC_ALL: 'C', PGPASSWORD: server.password };
    const as = account ? { uid: account.uid, gid: account.gid } : {};
    return run('pgbackrest', [`--config=${configFile}`, `--stanza=${STANZA}`, ...args], {
      env,
      ...as,
    });
  };
  const stop = async () => {
    await Promise.all([server, ...copies].map((one) => one.stop()));
    await s3.close();
    await certificates.remove();
    await rm(directory, { recursive: true, force: true });
  };
  await pgBackRest('--pg1-user=postgres', 'stanza-create').catch(async (error) => {
    await stop();
    throw error;
  });

  const info = async (repo: number) => {
    const { stdout } = await pgBackRest(`--repo=${repo}`, '--output=json', 'info');
    return JSON.parse(stdout);
  };
  const backups = async (repo: number): Promise<BackupInfo[]> => (await info(repo))[0].backup;

  const withObject = async <T>(name: string, change: (file: string) => Promise<void>, work: () => Promise<T>) => {
    const store = join(directory, 's3', 'backups', PLAIN);
    const keys = await readdir(store, { recursive: true });
    const key = keys.find((one) => one.includes(name) && one.endsWith('_S3rver_object'));
    if (key === undefined) throw new Error(`there is no object ${name}`);
    const file = join(store, key);
    const bytes = await readFile(file);
    await change(file);
    try {
      return await work();
    } finally {
      await rm(`${file}.away`, { force: true });
      await writeFile(file, bytes);
    }
  };

  const now = new Date().toISOString();
  return {
    server,
    sql,
    provider: {
      id: crypto.randomUUID(),
      name: 'this machine',
      provider_type: 's3-compat',
      endpoint: s3.url,
      region: 'us-east-1',
      bucket: 'backups',
      access_key: LOCAL_CREDENTIALS.accessKeyId,
      path_style: true,
      ca_bundle: certificates.ca,
      is_default: true,
      secret_key_set: true,
      jagad_ids: [],
      created_at: now,
    },
    renameSuperuser: async () => {
      await sql(undefined, `CREATE ROLE deputy SUPERUSER LOGIN PASSWORD '${server.password}'`);
      username = 'deputy';
      await sql(undefined, 'ALTER ROLE postgres RENAME TO "the chief"');
    },
    backup: async (repo, type) => {
      await pgBackRest(`--pg1-user=${username}`, `--repo=${repo}`, `--type=${type}`, 'backup');
      return (await backups(repo)).at(-1) as BackupInfo;
    },
    info,
    archiveWal: () => archiveWal(sql),
    promoteCopy: async (...args) => {
      const copy = await startCopy(server, configFile, archiving, args);
      copies.push(copy);
      const sqlOfCopy: ArchivingServer['sql'] = (database, ...statements) =>
        runSql({ ...copy, username }, database, statements);
      const [{ data_directory: data } = {}] = await sqlOfCopy(undefined, 'SHOW data_directory');
      const at = [`--pg1-path=${data}`, `--pg1-port=${copy.port}`, `--pg1-socket-path=${directory}`];
      return {
        ...{ server: copy, sql: sqlOfCopy, archiveWal: () => archiveWal(sqlOfCopy) },
        backup: async (repo, type) => {
          await pgBackRest(...at, `--pg1-user=${username}`, `--repo=${repo}`, `--type=${type}`, 'backup');
          return (await backups(repo)).at(-1) as BackupInfo;
        },
      };
    },
    withoutObject: (name, work) => withObject(name, (file) => rename(file, `${file}.away`), work),
    withObjectOf: (name, content, work) => withObject(name, (file) => writeFile(file, content), work),
    withDamagedObject: (name, work) => withObject(name, damage, work),
    stop,
  };
}

async function archiveWal(sql: ArchivingServer['sql']): Promise<string> {
  const [{ segment } = {}] = await sql(undefined, 'SELECT pg_walfile_name(pg_switch_wal()) AS segment');
  await until(async () => {
    const rows = await sql(
      undefined,
      `SELECT 1 FROM pg_stat_archiver WHERE left(last_archived_wal, 24) >= '${segment}'`,
    );
    return rows.length > 0;
  });
  return segment as string;
}

/** @returns the server once it is promoted: it takes no connections before. */
async function startCopy(
  { username, password, binDir = '' }: RunningServer,
  configFile: string,
  archiving: string[],
  args: string[],
): Promise<RunningServer> {
  return startThrowaway(
    {
      ...{ dbType: 'postgresql', title: 'The copy', prefix: 'jagad-promoted-', username, password, binDir },
      ...{ stopSignal: 'INT', secretFiles: {} },
      commands: ({ directory, port }) => {
        const data = join(directory, 'data');
        const pgBackRest = ['pgbackrest', `--config=${configFile}`, `--stanza=${STANZA}`, `--pg1-path=${data}`];
        const settings = ['hot_standby=off', 'max_connections=50', 'max_wal_senders=0', 'shared_buffers=32MB'];
        const place = [
          'listen_addresses=127.0.0.1',
          `unix_socket_directories=${dirname(configFile)}`,
          `port=${port}`,
          'fsync=off',
        ];
        return [
          ['mkdir', '-m', '700', data],
          [...pgBackRest, ...args, 'restore'],
          [
            join(binDir, 'postgres'),
            '-D',
            data,
            ...archiving,
            ...[...settings, ...place].flatMap((one) => ['-c', one]),
          ],
        ];
      },
      version: async ({ port }) => {
        const at = { dbType: 'postgresql', host: '127.0.0.1', port, username, password } as RunningServer;
        const [row] = await runSql(at, undefined, ['SHOW server_version']);
        return String(row?.server_version).split(' ')[0] ?? '';
      },
    },
    { parentDir: await quickDirectory() },
  );
}

/** Where files are kept: in memory if there is room, as pgBackRest waits for the disk after each file that it writes. */
export async function quickDirectory(): Promise<string> {
  const memory = '/dev/shm';
  const { bavail, bsize } = await statfs(memory).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize > 2 ** 30 ? memory : '/tmp';
}

async function damage(file: string): Promise<void> {
  const bytes = await readFile(file);
  const middle = Math.floor(bytes.length / 2);
  for (let at = middle; at < Math.min(middle + 64, bytes.length); at++) bytes[at] = (bytes[at] ?? 0) ^ 0x5a;
  await writeFile(file, bytes);
}
