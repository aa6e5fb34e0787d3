import { RestoreError } from '../../../errors/errors.ts';
import { BACKSLASH, DASH, executableCommentMark, isDigit, isSpace } from './bytes.ts';

/**
 * The client command at the start of a statement, if there is one. It needs the 16 bytes from `pos` on, or the dump's
 * end.
 */
export function commandAt(buf: Buffer, pos: number): 'delimiter-command' | 'sandbox-comment' | undefined {
  const mark = executableCommentMark(buf, pos);
  if (mark > 0) {
    let at = pos + mark;
    while (isDigit(buf[at])) at++;
    return buf[at] === BACKSLASH && buf[at + 1] === DASH ? 'sandbox-comment' : undefined;
  }
  if (((buf[pos] as number) | 0x20) !== 0x64 || !isSpace(buf[pos + 9])) return undefined;
  return buf.toString('latin1', pos, pos + 9).toLowerCase() === 'delimiter' ? 'delimiter-command' : undefined;
}

/** The first word after DELIMITER, quoted or not. The clients ignore the rest of the line. */
export function delimiterArgument(rest: Buffer, line: number): Buffer {
  const text = rest.toString('latin1').trim();
  const closing = /^['"`]/.test(text) ? text.indexOf(text.charAt(0), 1) : -1;
  const word = closing > 0 ? text.slice(1, closing) : (text.split(/\s/, 1)[0] ?? '');
  if (word === '' || word.includes('\\')) throw new RestoreError(`line ${line}: DELIMITER without a usable delimiter`);
  return Buffer.from(word, 'latin1');
}
