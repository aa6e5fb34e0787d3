/** What the beginning of a dump tells before anything of it is sent. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RestoreError } from '../../../../errors/errors.ts';
import type { MysqlContents } from '../../../../formats/dump-contents.ts';
import { MysqlDumpContents } from '../../../../formats/mysql-dump/contents.ts';
import { Judge } from '../../../../formats/mysql-dump/judge/judge.ts';
import type { SqlStatement } from '../../../../formats/mysql-dump/reader/statement.ts';
import { StatementReader } from '../../../../formats/mysql-dump/reader/statement-reader.ts';
import { Peek } from '../../../../pipeline/peek.ts';
import { DumpRights } from '../../rules/dump-rights.ts';

/** As much of a dump is read ahead for the rights that it needs, if it comes that fast. */
const RIGHTS_BYTES = 8 * 1024 * 1024;
const RIGHTS_MS = 2000;
/** Where a dump sets what holds for all of it. */
const SETTINGS_BYTES = 16 * 1024;
const HAS_BEGUN = /^(DROP|CREATE|INSERT) /m;

export interface LookAhead {
  /** What the dump begins with, in which its settings are. */
  settings: string;
  /** What its beginning needs: all of it, if it isn't long, and comes at once. */
  rights: DumpRights;
  /** What its beginning contains. */
  contents: MysqlContents;
  whole: AsyncGenerator<Buffer>;
}

/** @throws what the dump does */
export async function lookAhead(dump: AsyncIterable<Buffer>): Promise<LookAhead> {
  const peek = new Peek(dump[Symbol.asyncIterator]());
  let settings = '';
  while (settings.length < SETTINGS_BYTES && !HAS_BEGUN.test(settings)) {
    const chunk = await peek.more();
    if (chunk === undefined) break;
    settings += chunk.toString('latin1', 0, SETTINGS_BYTES);
  }
  return { settings, ...(await readBeginning(peek)), whole: peek.whole() };
}

async function readBeginning(peek: Peek): Promise<Pick<LookAhead, 'rights' | 'contents'>> {
  const rights = new DumpRights();
  const contents = new MysqlDumpContents();
  const judge = new Judge();
  const reader = new StatementReader();
  /** @returns whether it can be read on; if not, the load says so once it gets there */
  const note = (statements: () => SqlStatement[]): boolean => {
    try {
      for (const statement of statements()) {
        rights.note(statement);
        if (statement.kind !== 'statement') continue;
        const judgement = judge.judge(statement);
        // the load says so once it gets there
        if (judgement.verdict.action === 'refuse') return false;
        contents.take(statement, judgement);
      }
      return true;
    } catch (error) {
      if (!(error instanceof RestoreError)) throw error;
      return false;
    }
  };
  const enough = new AbortController();
  let isLate = false;
  const late = () => {
    isLate = true;
    return undefined;
  };
  const timeIsUp = sleep(RIGHTS_MS, undefined, { signal: enough.signal }).then(late, () => undefined);
  const first = peek.head();
  let isReadable = note(() => reader.push(first));
  let hasEnded = false;
  while (peek.bytes < RIGHTS_BYTES) {
    const chunk = await peek.more(timeIsUp);
    if (chunk === undefined) {
      hasEnded = !isLate;
      break;
    }
    if (isReadable) isReadable = note(() => reader.push(chunk));
  }
  enough.abort();
  if (hasEnded && isReadable) isReadable = note(() => reader.end());
  const origin = { serverVersion: undefined, tool: undefined, database: undefined };
  const known = contents.contents(peek.bytes, origin);
  // of a trigger whose name the target has, a later table of the dump may be the one that it belongs to
  return { rights, contents: hasEnded && isReadable ? known : { ...known, triggers: [] } };
}
