/** The routines of plain SQL by the types of their arguments, as an archive names them and the server knows them. */
import type { PostgresContents } from '../../../../formats/dump-contents.ts';

const ROUTINES = ['FUNCTION', 'PROCEDURE', 'AGGREGATE'];
/** Types of several words: the first of them isn't the name of an argument. */
const LONG_TYPE = /^(?:double precision|(?:character|bit) varying|(?:timestamp|time) with(?:out)? time zone)(?:\[\])*$/;
const DEFAULT = /\s+(?:DEFAULT|=)\s[\s\S]*$/;

/** Plain SQL writes the names, modes and defaults of arguments too. */
export function withSignatures(contents: PostgresContents): PostgresContents {
  if (contents.format !== 'sql') return contents;
  const objects = contents.objects.map((object) =>
    ROUTINES.includes(object.kind) ? { ...object, name: signature(object.name) } : object,
  );
  return { ...contents, objects };
}

/** `tidy(a integer, OUT b text)` gives `tidy(integer)`. */
export function signature(name: string): string {
  const start = groupStart(name);
  if (start < 0) return name;
  const types = parts(name.slice(start + 1, -1)).flatMap((argument) => typeOf(argument) ?? []);
  return `${name.slice(0, start)}(${types.join(', ')})`;
}

/** Where the last group in parentheses begins: a name may have parentheses of its own. */
function groupStart(name: string): number {
  if (!name.endsWith(')')) return -1;
  let depth = 0;
  let quote = '';
  for (let at = name.length - 1; at >= 0; at--) {
    const letter = name[at] as string;
    if (quote !== '') quote = letter === quote ? '' : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === ')') depth += 1;
    else if (letter === '(') depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

/** What commas outside of quotes and parentheses divide. */
function parts(text: string): string[] {
  const found =
    text.match(/(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|\((?:[^()'"]|"[^"]*"|'[^']*'|\([^()]*\))*\)|[^,"'(])+/g) ?? [];
  return found.map((one) => one.trim()).filter((one) => one !== '');
}

/** Undefined of an argument that isn't passed. */
function typeOf(argument: string): string | undefined {
  const [, mode = 'IN', rest = ''] = /^(?:(IN|OUT|INOUT|VARIADIC|TABLE)\s+)?([\s\S]*)$/.exec(argument) ?? [];
  if (mode === 'OUT' || mode === 'TABLE') return undefined;
  const text = rest.replace(DEFAULT, '');
  if (LONG_TYPE.test(text)) return text;
  // a name, if a type comes after it
  return /^(?:"(?:[^"]|"")*"|[^\s".]+)\s+([\s\S]+)$/.exec(text)?.[1] ?? text;
}
