import { describe, expect, it } from 'vitest';
import {
  binlogArgs,
  INNODB_TOOLS,
  innodbMemory,
  prepareArgs,
  serverArgs,
  serverSeries,
  unpackArgs,
} from '../../../lib/engines/physical/innodb-tools.ts';

const { mariabackup, xtrabackup } = INNODB_TOOLS;
const MIB = 1024 ** 2;

it('archives are unpacked from standard input', () => {
  expect(unpackArgs('/w/base')).toEqual(['-x', '-C', '/w/base']);
});

describe('a chain of three is prepared', () => {
  const steps = [
    { base: '/w/base', last: false, memoryBytes: 128 * MIB },
    { base: '/w/base', incremental: '/w/1', last: false, memoryBytes: 128 * MIB },
    { base: '/w/base', incremental: '/w/2', last: true, memoryBytes: 128 * MIB },
  ];
  const common = '--use-memory=134217728 --target-dir=/w/base';

  it('by Mariabackup in steps that are all alike', () => {
    expect(steps.map((step) => prepareArgs(mariabackup, step).join(' '))).toEqual([
      `--no-defaults --prepare ${common}`,
      `--no-defaults --prepare ${common} --incremental-dir=/w/1`,
      `--no-defaults --prepare ${common} --incremental-dir=/w/2`,
    ]);
  });

  it('by XtraBackup with open transactions kept in all but the last', () => {
    expect(steps.map((step) => prepareArgs(xtrabackup, step).join(' '))).toEqual([
      `--no-defaults --prepare --apply-log-only ${common}`,
      `--no-defaults --prepare --apply-log-only ${common} --incremental-dir=/w/1`,
      `--no-defaults --prepare ${common} --incremental-dir=/w/2`,
    ]);
  });

  it('but for a full backup in a single step', () => {
    expect(prepareArgs(xtrabackup, { base: '/w/base', last: true, memoryBytes: 128 * MIB })).not.toContain(
      '--apply-log-only',
    );
  });
});

describe('the server on a copy', () => {
  const places = {
    data: '/w/base',
    temporary: '/w/tmp',
    initFile: '/w/run/login.sql',
    socket: '/w/run/s.sock',
    files: '/w/files',
  };
  const settings = new Map([
    ['innodb_page_size', '8192'],
    ['innodb_data_file_path', 'ibdata1:12M;ibdata2:10M:autoextend'],
    ['innodb_undo_tablespaces', '3'],
    ['innodb_log_file_size', '100663296'],
    ['innodb_undo_directory', '/mnt/undo'],
  ]);

  it.each(['mariabackup', 'xtrabackup'] as const)(
    'of %s answers only on its socket, and changes nothing on its own',
    (engine) => {
      const args = serverArgs(INNODB_TOOLS[engine], places, settings, 256 * MIB);
      expect(args[0]).toBe('--no-defaults');
      expect(args).toEqual(
        expect.arrayContaining([
          '--datadir=/w/base',
          '--socket=/w/run/s.sock',
          '--init-file=/w/run/login.sql',
          '--skip-networking',
          '--secure-file-priv=/w/files',
          '--skip-log-bin',
          '--event-scheduler=OFF',
          '--innodb-buffer-pool-size=268435456',
        ]),
      );
      expect(args.filter((arg) => /^--skip-(slave|replica)-start$/.test(arg))).toHaveLength(1);
      expect(args).not.toContain('--skip-grant-tables');
    },
  );

  it('has the settings that its files depend on, and no paths of the machine that was copied', () => {
    const args = serverArgs(mariabackup, places, settings, 256 * MIB);
    expect(args.slice(-3)).toEqual([
      '--innodb-page-size=8192',
      '--innodb-data-file-path=ibdata1:12M;ibdata2:10M:autoextend',
      '--innodb-undo-tablespaces=3',
    ]);
    expect(args.join(' ')).not.toMatch(/undo-directory|log-file-size/);
    expect(serverArgs(xtrabackup, places, settings, 256 * MIB).join(' ')).not.toContain('undo');
  });
});

describe('part of a binary log', () => {
  it('is read by mariadb-binlog whatever the order of its GTIDs', () => {
    expect(binlogArgs(mariabackup, { file: '/w/binlog.000001', start: 328, stop: 900, loadDirectory: '/w' })).toEqual([
      '--no-defaults',
      '--verify-binlog-checksum',
      '--local-load=/w',
      '--loose-skip-gtid-strict-mode',
      '--start-position=328',
      '--stop-position=900',
      '/w/binlog.000001',
    ]);
  });

  it('is read by mysqlbinlog without GTIDs', () => {
    expect(binlogArgs(xtrabackup, { file: '/w/binlog.000002', stop: 900, loadDirectory: '/w' })).toEqual([
      '--no-defaults',
      '--verify-binlog-checksum',
      '--local-load=/w',
      '--skip-gtids',
      '--stop-position=900',
      '/w/binlog.000002',
    ]);
  });
});

it.each([
  ['10.11.19-MariaDB-0+deb12u1-log', '10.11'],
  ['11.8.3-MariaDB', '11.8'],
  ['8.0.36-28', '8.0'],
  ['/usr/sbin/mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64', '10.11'],
  ['9.7', '9.7'],
  ['unknown', undefined],
])('the series of %s is %s', (version, series) => {
  expect(serverSeries(version)).toBe(series);
});

it.each([
  [256, 128],
  [2048, 512],
  [8191, 2047],
  [64 * 1024, 2048],
])('of %i MiB InnoDB takes %i', (machine, taken) => {
  expect(innodbMemory(machine * MIB)).toBe(taken * MIB);
});
