/** What the beginning of a dump says, before any of it is sent. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RestoreError } from '../../../../errors/errors.ts';
import type { SqlStatement } from '../../../../formats/mysql-dump/reader/statement.ts';
import { StatementReader } from '../../../../formats/mysql-dump/reader/statement-reader.ts';
import { Peek } from '../../../../pipeline/peek.ts';
import { DumpRights } from '../../rules/dump-rights.ts';

/** This much of a dump is read ahead to find the rights that it needs, if it comes fast enough. */
const RIGHTS_BYTES = 8 * 1024 * 1024;
const RIGHTS_MS = 2000;
/** How far into a dump its global settings may be. */
const SETTINGS_BYTES = 16 * 1024;
const HAS_BEGUN = /^(DROP|CREATE|INSERT) /m;

export interface LookAhead {
  /** The dump's beginning, which holds its settings. */
  settings: string;
  /** The rights that its beginning needs: all of them, if the dump is short and comes at once. */
  rights: DumpRights;
  whole: AsyncGenerator<Buffer>;
}

/** @throws the dump's error */
export async function lookAhead(dump: AsyncIterable<Buffer>): Promise<LookAhead> {
  const peek = new Peek(dump[Symbol.asyncIterator]());
  let settings = '';
  while (settings.length < SETTINGS_BYTES && !HAS_BEGUN.test(settings)) {
    const chunk = await peek.more();
    if (chunk === undefined) break;
    settings += chunk.toString('latin1', 0, SETTINGS_BYTES);
  }
  const rights = await rightsOfBeginning(peek);
  return { settings, rights, whole: peek.whole() };
}

async function rightsOfBeginning(peek: Peek): Promise<DumpRights> {
  const rights = new DumpRights();
  const reader = new StatementReader();
  /** @returns whether it can be read further; if not, the load reports why when it gets there */
  const note = (statements: () => SqlStatement[]): boolean => {
    try {
      for (const statement of statements()) rights.note(statement);
      return true;
    } catch (error) {
      if (!(error instanceof RestoreError)) throw error;
      return false;
    }
  };
  const enough = new AbortController();
  const timeIsUp = sleep(RIGHTS_MS, undefined, { signal: enough.signal }).catch(() => undefined);
  const first = peek.head();
  let isReadable = note(() => reader.push(first));
  while (peek.bytes < RIGHTS_BYTES) {
    const chunk = await peek.more(timeIsUp);
    if (chunk === undefined) break;
    if (isReadable) isReadable = note(() => reader.push(chunk));
  }
  enough.abort();
  return rights;
}
