/**
 * Whether a restore would accept every statement of a dump by mysqldump or mariadb-dump, and what the dump contains.
 * Pure.
 */
import { RestoreError } from '../../../errors/errors.ts';
import type { DumpOrigin, MysqlContents } from '../../dump-contents.ts';
import { MysqlDumpContents } from '../contents.ts';
import type { SqlStatement } from '../reader/statement.ts';
import { StatementReader } from '../reader/statement-reader.ts';
import { Judge } from './judge.ts';
import { refusal } from './verdict.ts';

/**
 * Push the dump in chunks of any size, then call `end`. A refused statement is only reported at the end: if the dump is
 * damaged, that is the better reason, and reading the rest finds it.
 */
export class DumpAcceptance {
  readonly #reader = new StatementReader();
  readonly #judge = new Judge();
  readonly #contents = new MysqlDumpContents();
  #refusal: RestoreError | undefined;

  push(chunk: Buffer): void {
    this.#take(() => this.#reader.push(chunk));
  }

  /** @throws RestoreError that names the line and the statement. */
  end(): void {
    this.#take(() => this.#reader.end());
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  /** Call this after `end`, if the dump is accepted. */
  contents(dumpBytes: number, origin: DumpOrigin): MysqlContents {
    return this.#contents.contents(dumpBytes, origin);
  }

  #take(read: () => SqlStatement[]): void {
    if (this.#refusal !== undefined) return;
    try {
      for (const statement of read()) {
        if (statement.kind !== 'statement') continue;
        const judgement = this.#judge.judge(statement);
        if (judgement.verdict.action === 'refuse') throw refusal(judgement.verdict, statement);
        this.#contents.take(statement, judgement);
      }
    } catch (error) {
      if (!(error instanceof RestoreError)) throw error;
      this.#refusal = error;
    }
  }
}
