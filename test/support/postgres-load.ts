/** Loading a dump into PostgreSQL as a restore's task does, without a service around it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDump } from '../../containers/restore/load-dump.ts';
import { TableStates } from '../../lib/engines/table-states.ts';
import type { DumpContents } from '../../lib/formats/dump-contents.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';
import { ContentCheck } from '../../lib/pipeline/verification/content-check.ts';
import { aConnection } from './records.ts';

interface MoreOfLoad {
  tables?: TableStates;
  /** What the backup's record says, which decides about several jobs. */
  dumpBytes?: number;
  trusted?: boolean;
  beforeNextWrite?: () => Promise<void>;
  /** Whether what the dump contains is known, as after its verification; an archive's is anyway. */
  knowsContents?: boolean;
}

/** What verification keeps of a dump. */
export function contentsOf(dump: Buffer): DumpContents | undefined {
  const check = new ContentCheck('dump', 'postgresql');
  check.push(dump);
  check.end();
  check.checkAccepted();
  return check.dumpContents();
}

/** @returns what it reports. @throws what the load throws */
export async function loadIntoPostgres(
  server: RunningServer,
  database: string,
  dump: Buffer,
  onLine: (line: string) => void = () => {},
  analyze = false,
  {
    tables = new TableStates(),
    dumpBytes = dump.length,
    trusted = false,
    beforeNextWrite = async () => {},
    knowsContents = false,
  }: MoreOfLoad = {},
): Promise<string[]> {
  const lines: string[] = [];
  const note = (line: string) => {
    lines.push(line);
    onLine(line);
  };
  const { dbType: db_type, host, port, username, password } = server;
  async function* chunks(): AsyncGenerator<Buffer> {
    yield dump;
  }
  const workDirectory = await mkdtemp(join(tmpdir(), 'jagad-load-'));
  try {
    await loadDump(
      { chunks: chunks(), objectBytes: dump.length, dumpBytes },
      {
        connection: aConnection({ db_type, host, port, username, ssl_mode: 'prefer' }),
        password,
        database,
        restoreId: crypto.randomUUID(),
        trusted,
      },
      {
        telling: { log: note, warn: note, stage: () => {}, progress: () => {} },
        workDirectory,
        signal: new AbortController().signal,
        beforeFirstWrite: async () => {},
        beforeNextWrite,
        isAsBefore: () => {},
        analyze,
        tables,
        contents: knowsContents ? contentsOf(dump) : undefined,
      },
    );
    return lines;
  } finally {
    await rm(workDirectory, { recursive: true });
  }
}
