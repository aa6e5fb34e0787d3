/**
 * Random mutations of honest dumps: of bytes, statements, comments, modes, character sets, and with attacks spliced in.
 * A mutant is the same for the same seed. About half of the mutations leave the dump valid, so that the judges have to
 * accept it and the server sees it.
 */

/** What the dumps of one tool can be changed with. */
export interface MutationKit {
  /** Statements by which an attack would be seen. */
  payloads: readonly string[];
  /** Another spelling of the same, or a dump in which the payload is plain text. */
  spellings: readonly ((dump: string, payload: string) => string)[];
  /** In the place of a string: to the server some are all text and some end early; a wrong reader takes one for the other. */
  literals: readonly ((payload: string) => string)[];
  /** Whole statements, to stand before another one: settings, attacks. */
  statements: readonly ((payload: string) => string)[];
  /** What shifts the ends of strings, comments and bodies, and does no harm by itself. */
  pieces: readonly string[];
  /** What may end a string, a comment or a body, so that a statement could follow. */
  closers: readonly string[];
}

/** The share of each change, in the order in which `changed` tries them; the rest goes to bytes. */
const SHARES = { spelling: 0.5, order: 0.06, statement: 0.12, literal: 0.1, piece: 0.08, splice: 0.1 };
/** Of the mutants, how many are changed twice. */
const TWICE = 0.25;
/** A statement with its line end, or a line of rows. */
const STATEMENT = /(?<=;\n)/;
const STRING = /'[^'\n]*'/g;
const ODD_BYTES = ['\0', '\x1a', '\x81', '\x83', '\xa5', '\xbf', '\xef\xbb\xbf', '\\', '\r', '\x0b', '\xa0'];

/** @param random numbers from 0 up to 1, the same for the same seed */
export function mutate(honest: Buffer, kit: MutationKit, random: () => number): Buffer {
  let text = changed(honest.toString('latin1'), kit, random);
  if (random() < TWICE) text = changed(text, kit, random);
  return Buffer.from(text, 'latin1');
}

function changed(text: string, kit: MutationKit, random: () => number): string {
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const payload = pick(kit.payloads);
  const kind = chosen(random());
  const statements = text.split(STATEMENT);
  const at = below(statements.length);
  switch (kind) {
    case 'spelling':
      return pick(kit.spellings)(text, payload);
    case 'order': {
      const [one = ''] = statements.splice(at, 1);
      if (random() < 0.5) statements.splice(below(statements.length + 1), 0, one, ...(random() < 0.3 ? [one] : []));
      return statements.join('');
    }
    case 'statement':
      statements.splice(at, 0, pick(kit.statements)(payload));
      return statements.join('');
    case 'literal': {
      const strings = [...text.matchAll(STRING)];
      if (strings.length === 0) return text;
      const { 0: string, index } = pick(strings);
      return text.slice(0, index) + pick(kit.literals)(payload) + text.slice(index + string.length);
    }
    case 'piece':
      return inserted(text, pick(kit.pieces), random);
    case 'splice':
      return inserted(text, `${pick(kit.closers)}; ${payload}; ${pick(['-- ', '--', '/* ', "SELECT '", ''])}`, random);
    default: {
      const place = below(text.length);
      const byte = random() < 0.5 ? pick(ODD_BYTES) : String.fromCharCode(below(256));
      return text.slice(0, place) + byte + text.slice(place + below(2));
    }
  }
}

function chosen(number: number): keyof typeof SHARES | undefined {
  let sum = 0;
  for (const [kind, share] of Object.entries(SHARES)) {
    sum += share;
    if (number < sum) return kind as keyof typeof SHARES;
  }
  return undefined;
}

/** Anywhere, or where something begins or ends. */
function inserted(text: string, piece: string, random: () => number): string {
  const seams = random() < 0.5 ? [...text.matchAll(/['"`;(),\n]/g)] : [];
  const seam = seams[Math.floor(random() * seams.length)];
  const at = seam === undefined ? Math.floor(random() * (text.length + 1)) : seam.index + (random() < 0.5 ? 0 : 1);
  return text.slice(0, at) + piece + text.slice(at);
}
