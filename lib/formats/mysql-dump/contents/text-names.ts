import type { Tokens } from '../reader/tokens.ts';

/** The character sets and collations that a dump's definitions name, in lower case. */
export class TextNames {
  readonly characterSets = new Set<string>();
  readonly collations = new Set<string>();

  /** Reads a definition from its beginning to its end. */
  take(tokens: Tokens): void {
    while (tokens.next() !== 'end') {
      if (tokens.type !== 'word') continue;
      // most words are none of these, and converting all of them to text would take longer than reading them
      switch ((tokens.bytes[tokens.start] as number) | 0x20) {
        case 0x63: // c
          this.#word(tokens);
          break;
        case 0x75: // u
          if (tokens.isWord('USING')) this.#named(tokens, this.characterSets);
          break;
        case 0x7f: // _
          this.#introducer(tokens);
      }
    }
  }

  #word(tokens: Tokens): void {
    if (tokens.isWord('COLLATE')) this.#named(tokens, this.collations);
    else if (tokens.isWord('CHARSET')) this.#named(tokens, this.characterSets);
    else if (tokens.isWord('CHARACTER')) {
      tokens.next();
      if (tokens.isWord('SET')) this.#named(tokens, this.characterSets);
    }
  }

  /** `_utf8mb4'text'` */
  #introducer(tokens: Tokens): void {
    const name = tokens.value.slice(1).toLowerCase();
    tokens.next();
    if (tokens.type === 'string') this.characterSets.add(name);
  }

  #named(tokens: Tokens, names: Set<string>): void {
    tokens.next();
    if (tokens.isPunctuation('=')) tokens.next();
    // not the columns in a join's USING, nor the type of a key
    const isName = tokens.isName || tokens.type === 'string';
    if (isName && !['BTREE', 'HASH', 'RTREE'].some((kind) => tokens.isWord(kind)))
      names.add(tokens.value.toLowerCase());
  }
}
