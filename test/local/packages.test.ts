import { expect, test } from 'vitest';
import { ensurePackages, type Machine, planPackages } from '../../lib/local/packages.ts';

const root: Machine = { isRoot: true, canSudo: false, hasApt: true };
const user: Machine = { isRoot: false, canSudo: false, hasApt: true };

test('does nothing if nothing is missing', () => {
  expect(planPackages([], root)).toEqual({ kind: 'nothing' });
});

test('root installs, without questions and without extras', () => {
  const plan = planPackages(['postgresql', 'mariadb-server', 'mariadb-client'], root);
  expect(plan).toMatchObject({ kind: 'install', packages: ['postgresql', 'mariadb-server-core', 'mariadb-client'] });
  expect(plan).toMatchObject({ command: expect.arrayContaining(['DEBIAN_FRONTEND=noninteractive', 'apt-get']) });
  expect(plan).not.toMatchObject({ command: expect.arrayContaining(['sudo']) });
});

test('a user with passwordless sudo installs with it, with the setting after it', () => {
  const plan = planPackages(['mariadb-client'], { ...user, canSudo: true });
  const command = expect.arrayContaining(['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get']);
  expect(plan).toMatchObject({ kind: 'install', packages: ['mariadb-client'], command });
  expect(plan.kind === 'install' && plan.command.slice(0, 3)).toEqual(['sudo', '-n', 'env']);
});

test('any other user is shown the command to run', () => {
  expect(planPackages(['postgresql', 'mariadb-client'], user)).toEqual({
    kind: 'refuse',
    message:
      'programs are missing; run as root (or with sudo): apt-get update && apt-get install -y --no-install-recommends postgresql mariadb-client',
  });
});

test('without apt-get it lists the missing commands, even to root', () => {
  const plan = planPackages(['mariadb-server', 'mariadb-client'], { ...root, hasApt: false });
  expect(plan).toEqual({
    kind: 'refuse',
    message: 'these commands are needed and not on the PATH: mariadbd, mariadb-install-db, mariadb, mariadb-dump',
  });
});

test('it says nothing if everything is there', async () => {
  const lines: string[] = [];
  await ensurePackages(['postgresql', 'mariadb-server', 'mariadb-client'], (line) => lines.push(line));
  expect(lines).toEqual([]);
});
