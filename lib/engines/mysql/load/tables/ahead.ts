/** What the beginning of a dump says, before anything of the dump is sent. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RestoreError } from '../../../../errors/errors.ts';
import type { MysqlContents } from '../../../../formats/dump-contents.ts';
import { MysqlDumpContents } from '../../../../formats/mysql-dump/contents.ts';
import { Judge } from '../../../../formats/mysql-dump/judge/judge.ts';
import type { SqlStatement } from '../../../../formats/mysql-dump/reader/statement.ts';
import { StatementReader } from '../../../../formats/mysql-dump/reader/statement-reader.ts';
import { Peek } from '../../../../pipeline/peek.ts';

/** How many bytes of a dump are read ahead to find out what it contains, if they arrive fast enough. */
const READ_BYTES = 8 * 1024 * 1024;
const READ_MS = 2000;
/** How many bytes into a dump its global settings may be. */
const SETTINGS_BYTES = 16 * 1024;
const HAS_BEGUN = /^(DROP|CREATE|INSERT) /m;

export interface LookAhead {
  /** The dump's beginning, which contains its settings. */
  settings: string;
  /** What its beginning contains. If the dump is short and arrives at once, this is everything. */
  contents: MysqlContents | undefined;
  /** Whether these are all of the dump's contents. */
  isWhole: boolean;
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
  return { settings, ...(await readBeginning(peek)), whole: peek.whole() };
}

async function readBeginning(peek: Peek): Promise<Pick<LookAhead, 'contents' | 'isWhole'>> {
  const contents = new MysqlDumpContents();
  const judge = new Judge();
  const reader = new StatementReader();
  /** @returns whether the dump can be read further. If it can't, the load reports why when it gets there */
  const note = (statements: () => SqlStatement[]): boolean => {
    try {
      for (const statement of statements()) {
        if (statement.kind !== 'statement') continue;
        const judgement = judge.judge(statement);
        // the load reports this when it gets there
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
  const timeIsUp = sleep(READ_MS, undefined, { signal: enough.signal }).then(late, () => undefined);
  const first = peek.head();
  let isReadable = note(() => reader.push(first));
  let hasEnded = false;
  while (peek.bytes < READ_BYTES) {
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
  // a dump that can't be read is refused for that, when the load gets there
  if (!isReadable) return { contents: undefined, isWhole: false };
  return { contents: contents.contents(peek.bytes, origin), isWhole: hasEnded };
}
