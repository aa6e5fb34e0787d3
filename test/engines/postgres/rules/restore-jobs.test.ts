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
  ['uses two jobs per CPU', 500 * MIB, toc(20, 20), 2, room(), 4],
  ['assumes at least one CPU', 500 * MIB, toc(20, 20), 0.5, room(), 2],
  ['uses as many jobs as the server has workers', 500 * MIB, toc(20, 20), 8, room(), 8],
  ['uses at most sixteen jobs', 500 * MIB, toc(99, 99), 64, room(64, 500), 16],
  ['uses half of the free sessions', 500 * MIB, toc(20, 20), 2, room(8, 5), 2],
  ['uses one job if no session is free', 500 * MIB, toc(20, 20), 2, room(8, 0), 1],
  ['uses one job if there are more sessions than allowed', 500 * MIB, toc(20, 20), 2, room(8, -3), 1],
  ['uses no more jobs than there are tables', 500 * MIB, toc(3, 0), 2, room(), 3],
  ['uses no more jobs than there are indexes if there are few tables', 500 * MIB, toc(1, 3), 2, room(), 3],
  ['uses one job for a single table', 500 * MIB, toc(1, 0), 2, room(), 1],
  ['uses one job for a small dump', 8 * MIB - 1, toc(20, 20), 2, room(), 1],
  ['uses several jobs from 8 MiB', 8 * MIB, toc(20, 20), 2, room(), 4],
])('%s', (_, bytes, contents, cpus, space, jobs) => expect(restoreJobs(bytes, contents, cpus, space)).toBe(jobs));
