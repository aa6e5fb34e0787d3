import type { Tokens } from './tokens.ts';

/** An object named in a statement, with the position of its name in the statement's bytes. */
export interface ObjectName {
  /** The database before the dot, if there is one. */
  database: string | undefined;
  name: string;
  start: number;
  end: number;
}

/** Reads `name` or `database.name` at the current token, and moves past it. Undefined if there is none. */
export function readName(tokens: Tokens): ObjectName | undefined {
  if (!tokens.isName && tokens.type !== 'number') return undefined;
  const { start } = tokens;
  let database: string | undefined;
  let name = tokens.value;
  let { end } = tokens;
  tokens.next();
  if (tokens.isPunctuation('.')) {
    tokens.next();
    if (!tokens.isName && tokens.type !== 'number') return undefined;
    database = name;
    name = tokens.value;
    end = tokens.end;
    tokens.next();
  }
  return { database, name, start, end };
}

/** The name in backticks, as SQL requires. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
