import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { whatOthersCannotEnter } from '../../../lib/engines/programs/account.ts';
import {
  findCommand,
  findMysqlBinDir,
  findPostgresBinDir,
  findPostgresClients,
} from '../../../lib/engines/programs/find-binaries.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jagad-test-'));
  await chmod(root, 0o755);
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function program(path: string, says = ''): Promise<string> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
  return dirname(file);
}
const MYSQL = 'mysqld  Ver 9.7.4 for Linux on x86_64 (MySQL Community Server)';
const MARIADB = 'mysqld  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)';

test('PostgreSQL: the newest Debian version that has a server is used, by number and not by letter', async () => {
  for (const version of ['9', '15']) {
    await program(`${version}/bin/initdb`);
    await program(`${version}/bin/postgres`);
  }
  await program('17/bin/pg_dump');
  expect(await findPostgresBinDir({}, root)).toBe(join(root, '15/bin'));
});

test('PostgreSQL: otherwise the one on the PATH is used, without dangling links', async () => {
  await mkdir(join(root, 'dangling'));
  await symlink('/nowhere/initdb', join(root, 'dangling/initdb'));
  await program('own/initdb');
  const own = await program('own/postgres');
  expect(await findPostgresBinDir({ PATH: `${join(root, 'dangling')}:${own}` }, join(root, 'none'))).toBe(own);
});

async function client(directory: string, major: string): Promise<string> {
  return program(`${directory}/pg_restore`, `pg_restore (PostgreSQL) ${major}`);
}

test("PostgreSQL's clients: each of Debian's is found in its own directory, and one on the PATH", async () => {
  const debian = join(root, 'debian');
  const of15 = await client('debian/15/bin', '15.18 (Debian 15.18-0+deb12u1)');
  const of17 = await client('debian/17/bin', '17.11');
  await program('debian/16/bin/psql'); // left by a package that was removed
  const wrapper = await client('bin', '17.11');
  expect(await findPostgresClients({ PATH: wrapper }, debian)).toEqual(
    new Map([
      [15, of15],
      [17, of17],
    ]),
  );
  const own = await client('own', '18.1');
  expect((await findPostgresClients({ PATH: own }, debian)).get(18)).toBe(own);
  expect(await findPostgresClients({ PATH: own }, join(root, 'none'))).toEqual(new Map([[18, own]]));
});

test("MySQL: MariaDB's mysqld is skipped, and a real one is found after it", async () => {
  const mariadb = await program('mariadb/mysqld', MARIADB);
  const mysql = await program('mysql/mysqld', MYSQL);
  expect(await findMysqlBinDir({ PATH: `${mariadb}:${mysql}` })).toBe(mysql);
});

test('MySQL: MYSQL_BIN_DIR comes first, and must contain the programs', async () => {
  const onPath = await program('path/mysqld', MYSQL);
  const wanted = await program('wanted/mysqld', MYSQL);
  const mariadb = await program('mariadb/mysqld', MARIADB);
  expect(await findMysqlBinDir({ PATH: onPath, MYSQL_BIN_DIR: wanted })).toBe(wanted);
  await expect(findMysqlBinDir({ PATH: onPath, MYSQL_BIN_DIR: mariadb })).rejects.toThrow('holds no MySQL server');
  await expect(findMysqlBinDir({ PATH: onPath, MYSQL_BIN_DIR: join(root, 'none') })).rejects.toThrow('no mysqld');
});

test("a command is found where Debian keeps servers, even if the user's PATH leaves that out", async () => {
  expect(await findCommand('sh', { PATH: '' })).toMatch(/\/bin\/sh$/);
  expect(await findCommand('no-such-command')).toBeUndefined();
});

test('a directory that is closed to others is reported, at any level above', async () => {
  const deep = join(root, 'closed/open');
  await mkdir(deep, { recursive: true });
  expect(await whatOthersCannotEnter(deep)).toBeUndefined();
  await chmod(join(root, 'closed'), 0o700);
  expect(await whatOthersCannotEnter(deep)).toBe(join(root, 'closed'));
});
