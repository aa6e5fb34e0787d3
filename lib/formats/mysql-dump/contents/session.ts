/**
 * The settings that a dump has made for its session, one SET after another. The server stores some of them with the
 * objects that are created.
 */
import { readSet } from '../reader/settings.ts';
import type { Tokens } from '../reader/tokens.ts';

const SQL_MODE = 'SQL_MODE';
const CHARACTER_SET = 'CHARACTER_SET_CLIENT';
const COLLATION = 'COLLATION_CONNECTION';
const TIME_ZONE = 'TIME_ZONE';

export class DumpSession {
  /** System variables in capitals. Undefined if the value isn't known, such as the server's own. */
  readonly #current = new Map<string, string | undefined>();
  readonly #saved = new Map<string, string | undefined>();
  /** All values that each variable has had. */
  readonly #all = new Map<string, Set<string>>();

  /** Takes a SET, starting at the token after that word. */
  take(tokens: Tokens): void {
    const assignments = readSet(tokens);
    if (!Array.isArray(assignments)) return;
    for (const one of assignments) {
      if (one.kind === 'save') this.#saved.set(one.user, this.#current.get(one.of));
      else if (one.kind === 'saved') this.#set(one.name, this.#saved.get(one.user));
      else if (one.kind === 'value') this.#set(one.name, one.value);
    }
  }

  get sqlMode(): string | undefined {
    return this.#current.get(SQL_MODE)?.toUpperCase();
  }

  get characterSet(): string | undefined {
    return this.#current.get(CHARACTER_SET)?.toLowerCase();
  }

  get collation(): string | undefined {
    return this.#current.get(COLLATION)?.toLowerCase();
  }

  get timeZone(): string | undefined {
    return this.#current.get(TIME_ZONE);
  }

  get allCharacterSets(): string[] {
    return this.#values(CHARACTER_SET).map((name) => name.toLowerCase());
  }

  get allCollations(): string[] {
    return this.#values(COLLATION).map((name) => name.toLowerCase());
  }

  /** Sets the variables one by one. */
  get allSqlModes(): string[] {
    return this.#values(SQL_MODE)
      .flatMap((modes) => modes.toUpperCase().split(','))
      .filter((mode) => mode !== '');
  }

  get allTimeZones(): string[] {
    return this.#values(TIME_ZONE);
  }

  get allVariables(): string[] {
    return [...this.#all.keys()];
  }

  #values(name: string): string[] {
    return [...(this.#all.get(name) ?? [])];
  }

  #set(name: string, value: string | undefined): void {
    this.#current.set(name, value);
    // NAMES sets the character set's default collation, which the dump doesn't name
    if (name === CHARACTER_SET) this.#current.set(COLLATION, undefined);
    if (value === undefined) return;
    const values = this.#all.get(name) ?? new Set();
    values.add(value);
    this.#all.set(name, values);
  }
}
