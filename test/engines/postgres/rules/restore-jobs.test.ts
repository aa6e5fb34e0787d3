import { expect, it } from 'vitest';
import { restoreJobs } from '../../../../lib/engines/postgres/rules/restore-jobs.ts';
import type { Toc, TocEntry } from '../../../../lib/formats/pg-dump/archive/format.ts';

const MIB = 1024 * 1024;

function toc(tables: number, indexes: number): Toc {
  const entry = (desc: string, hasData: boolean): TocEntry => ({
    ...{
      dumpId: 1,
      desc,
      namespace: 'public',
      tag: 't',
      owner: 'o',
      hasData,
      offsetAt: 0,
      definition: '',
      readsTables: false,
      drop: '',
      tablespace: '',
      demand: undefined,
    },
    ...{ dependenciesAt: 0, dependencies: [] },
  });
  const entries = [
    ...Array.from({ length: tables }, () => entry('TABLE DATA', true)),
    ...Array.from({ length: indexes }, () => entry('INDEX', false)),
    ...Array.from({ length: 50 }, () => entry('TABLE', false)),
  ];
  return {
    version: '1.14',
    serverVersion: '',
    dumpVersion: '',
    databaseName: '',
    encoding: '',
    standardStrings: true,
    locale: undefined,
    compression: 'gzip',
    entries,
  };
}

const room = (workerProcesses = 8, freeSessions = 90) => ({ workerProcesses, freeSessions });

it.each([
  ['two a CPU', 500 * MIB, toc(20, 20), 2, room(), 4],
  ['never fewer than one CPU', 500 * MIB, toc(20, 20), 0.5, room(), 2],
  ['as many as the server has workers', 500 * MIB, toc(20, 20), 8, room(), 8],
  ['at most sixteen', 500 * MIB, toc(99, 99), 64, room(64, 500), 16],
  ['half of the sessions that are free', 500 * MIB, toc(20, 20), 2, room(8, 5), 2],
  ['one if no session is free', 500 * MIB, toc(20, 20), 2, room(8, 0), 1],
  ['one if there are more sessions than allowed', 500 * MIB, toc(20, 20), 2, room(8, -3), 1],
  ['no more than there are tables', 500 * MIB, toc(3, 0), 2, room(), 3],
  ['no more than there are indexes of few tables', 500 * MIB, toc(1, 3), 2, room(), 3],
  ['one for a table alone', 500 * MIB, toc(1, 0), 2, room(), 1],
  ['one for little', 8 * MIB - 1, toc(20, 20), 2, room(), 1],
  ['several from 8 MiB', 8 * MIB, toc(20, 20), 2, room(), 4],
])('%s', (_, bytes, contents, cpus, space, jobs) => expect(restoreJobs(bytes, contents, cpus, space)).toBe(jobs));
