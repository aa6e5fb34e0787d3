import { describe, expect, it } from 'vitest';
import {
  namesOf,
  readCheckpoints,
  readLogStart,
  readServerVersion,
  readValues,
} from '../../../lib/formats/innodb/files.ts';

it('files are found by their new and their old names', () => {
  expect(namesOf('checkpoints')).toEqual(['mariadb_backup_checkpoints', 'xtrabackup_checkpoints']);
});

describe('checkpoints', () => {
  const text = (type: string, from: string, to: string) =>
    `backup_type = ${type}\nfrom_lsn = ${from}\nto_lsn = ${to}\nlast_lsn = 47160\nrecover_binlog_info = 0\n`;

  it('have a type and log sequence numbers, which may be larger than a JavaScript number', () => {
    expect(readCheckpoints(text('full-backuped', '0', '44404'))).toEqual({
      type: 'full',
      fromLsn: '0',
      toLsn: '44404',
    });
    expect(readCheckpoints(text('incremental', '44404', '18446744073709551615'))).toEqual({
      type: 'incremental',
      fromLsn: '44404',
      toLsn: '18446744073709551615',
    });
  });

  it.each([
    text('log-applied', '0', '44404'),
    text('full-prepared', '0', '44404'),
    text('toString', '0', '44404'),
    text('full-backuped', '0', ''),
    '',
  ])('of a backup that cannot be prepared are refused: %j', (bad) => {
    expect(() => readCheckpoints(bad)).toThrow('no backup to prepare');
  });
});

describe('the info file', () => {
  const info = 'tool_name = mariadb-backup\nserver_version = 10.11.19-MariaDB-log\npartial = N\ncompressed = N\n';

  it('has the version of the server', () => {
    expect(readServerVersion(info)).toBe('10.11.19-MariaDB-log');
    expect(() => readServerVersion('partial = N\n')).toThrow('does not say which server');
  });

  it.each([
    ['compressed = compressed', 'compressed'],
    ['encrypted = Y', 'encrypted'],
    ['partial = Y', 'partial'],
  ])('of a backup with %s is refused', (line, word) => {
    expect(() => readServerVersion(`${info}${line}\n`)).toThrow(`the backup tool itself made the backup ${word}`);
  });
});

describe('the position in the binary logs', () => {
  it.each([
    ['binlog.000001\t1496\t0-7-7\n', { file: 'binlog.000001', position: 1496, gtid: '0-7-7' }],
    ['/var/log/mysql/bin.000012\t4\n', { file: 'bin.000012', position: 4, gtid: '' }],
    ['binlog.000002\t157\tab:1-5,\ncd:1-3:7\n', { file: 'binlog.000002', position: 157, gtid: 'ab:1-5,cd:1-3:7' }],
  ])('is found in %j', (text, start) => {
    expect(readLogStart(text)).toEqual(start);
  });

  it.each(['', '\n', 'binlog.000001\n'])('is not found in %j', (text) => {
    expect(readLogStart(text)).toBeUndefined();
  });
});

it('settings are read without the section and comments', () => {
  const text = '# made by a tool\n[mysqld]\ninnodb_page_size=16384\ninnodb_data_file_path=ibdata1:12M:autoextend\n\n';
  expect([...readValues(text)]).toEqual([
    ['innodb_page_size', '16384'],
    ['innodb_data_file_path', 'ibdata1:12M:autoextend'],
  ]);
});
