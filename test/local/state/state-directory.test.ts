import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStateDirectory, stateDirectoryOf } from '../../../lib/local/state/state-directory.ts';

let parent: string;
let directory: string;
let umask: number;
beforeEach(() => {
  umask = process.umask(0); // nothing but the code itself keeps others out
  parent = mkdtempSync(join(tmpdir(), 'jagad-restore-test-'));
  directory = join(parent, 'deep', 'state');
});
afterEach(() => {
  process.umask(umask);
  rmSync(parent, { recursive: true });
});

/** What others can do with anything in the directory, and with itself. */
const openOnes = () =>
  ['.', ...readdirSync(directory, { recursive: true }).map(String)].filter(
    (name) => (statSync(join(directory, name)).mode & 0o077) !== 0,
  );

function anEarlierState(mode: number): void {
  mkdirSync(join(directory, 'dynamodb'), { recursive: true });
  mkdirSync(join(directory, 's3', 'backups', 'a'), { recursive: true });
  mkdirSync(join(directory, 'tasks', 'one'), { recursive: true });
  for (const file of ['service.log', 'secrets.sealed', 'dynamodb/000001.log', 's3/backups/a/b', 'tasks/one/password']) {
    writeFileSync(join(directory, file), 'x');
  }
  chmodSync(directory, mode);
}

describe('the state directory', () => {
  it('is created for this account only', () => {
    openStateDirectory(directory);
    expect(readdirSync(directory).toSorted()).toEqual(['dynamodb', 's3']);
    expect(openOnes()).toEqual([]);
    openStateDirectory(directory);
  });

  it.each([0o755, 0o750, 0o711])('loses its open permissions (%o), with everything in it', (mode) => {
    anEarlierState(mode);
    openStateDirectory(directory);
    expect(openOnes()).toEqual([]);
    expect(statSync(join(directory, 's3/backups/a/b')).mode & 0o700).toBe(0o600);
  });

  it('loses open permissions of its parts too, even if it was closed itself', () => {
    anEarlierState(0o700);
    openStateDirectory(directory);
    expect(openOnes()).toEqual([]);
  });

  it('does not change what is elsewhere', () => {
    const elsewhere = join(parent, 'elsewhere');
    mkdirSync(elsewhere);
    anEarlierState(0o755);
    symlinkSync(elsewhere, join(directory, 'cdk.out'));
    symlinkSync(elsewhere, join(directory, 's3', 'link'));
    openStateDirectory(directory);
    expect(statSync(elsewhere).mode & 0o777).toBe(0o777);
  });

  it('may not contain other files, or be open to everyone', () => {
    mkdirSync(join(directory, 'photos'), { recursive: true });
    expect(() => openStateDirectory(directory)).toThrow(`${directory} contains other files: choose a directory`);
    anEarlierState(0o777);
    expect(() => openStateDirectory(directory)).toThrow('can be written to by everyone');
    expect(statSync(join(directory, 'photos')).mode & 0o777).toBe(0o777);
    chmodSync(directory, 0o755);
    openStateDirectory(directory); // something beside its own is left alone
    expect(statSync(join(directory, 'photos')).mode & 0o777).toBe(0o777);
    expect(existsSync(join(directory, 's3'))).toBe(true);
  });

  it('is the one in STATE_DIR, otherwise in the checkout', () => {
    expect(stateDirectoryOf({ STATE_DIR: '/somewhere' })).toBe('/somewhere');
    expect(stateDirectoryOf({ STATE_DIR: '' })).toMatch(/\/\.local$/);
    expect(existsSync(join(stateDirectoryOf({}), '..', 'package.json'))).toBe(true);
  });
});
