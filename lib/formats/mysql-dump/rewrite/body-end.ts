import type { SqlStatement } from '../reader/statement.ts';
import type { Edit } from './edits.ts';

const OPENS = Buffer.from('/*!');
const CLOSES = Buffer.from('*/');

/**
 * The edit that moves the end of the executable comment around a trigger or event to a line of its own, if the body's
 * last line is a comment. mysqldump writes `-- the comment *\/`, and the server reads the end as a part of the comment.
 * One more line does no harm, because such a statement is sent by itself.
 */
export function bodyEnd(statement: SqlStatement): Edit[] {
  const { text, textStart, endsInLineComment } = statement;
  if (!endsInLineComment || !text.subarray(0, OPENS.length).equals(OPENS)) return [];
  const close = text.lastIndexOf(CLOSES);
  const isLast =
    close >= 0 &&
    text
      .subarray(close + CLOSES.length)
      .toString('latin1')
      .trim() === '';
  if (!isLast) return [];
  const start = textStart + close;
  return [{ start, end: start, replacement: '\n' }];
}
