import type mysql from 'mysql2/promise';
import { quoteName } from '../../../../formats/mysql-dump/reader/names.ts';
import type { Addition } from '../../../../formats/mysql-dump/rewrite/split-table.ts';
import { lacksRoom, nextTries, statementOf, type Try } from '../../rules/key-tries.ts';
import { endsSession } from '../../rules/load-failures.ts';
import { runText } from '../text.ts';
import type { DefinitionFailure } from './definitions.ts';
import { rebuildWithKeys } from './rebuild.ts';
import { KEEP_CHARSET, RETURN_CHARSET, type Table } from './table.ts';

interface KeySession {
  client: mysql.Connection;
  /** How many of the settings have been sent to it. */
  settings: number;
}

/** A key for which there was no disk space. */
interface Left {
  addition: Addition;
  /** The reason. */
  message: string;
}

export interface KeysOptions {
  /** Connects to the target database as the user who loads, in a session whose text is sent byte by byte. */
  open(): Promise<mysql.Connection>;
  failure: DefinitionFailure;
  /** Called with the reason if a key could not be added. Everything else continues. */
  notAdded(error: Error): void;
  /** Called as soon as the load can no longer succeed, so that nothing else continues for nothing. */
  onFailure(error: unknown): void;
  /** Whether the server also sorts when it copies a table. Then recreating the table helps. */
  rebuilds: boolean;
  log(line: string): void;
}

/**
 * Adds keys to tables that have their rows, in sessions of its own: a client program ends with the first statement that
 * fails, but here another way may be tried. Each session has been sent every SET of the dump up to that point.
 */
export class MysqlKeys {
  readonly #options: KeysOptions;
  readonly #settings: { text: Buffer; line: number }[] = [];
  readonly #idle: KeySession[] = [];
  readonly #all: KeySession[] = [];
  #toldOfRoom = false;
  readonly #incomplete = new Set<string>();

  constructor(options: KeysOptions) {
    this.#options = options;
  }

  /** Tables without one of their keys. */
  get incomplete(): ReadonlySet<string> {
    return this.#incomplete;
  }

  /** Takes a SET of the dump, or one of the load. */
  set(text: Buffer, line: number): void {
    this.#settings.push({ text: Buffer.from(text), line });
  }

  /** Returns a session; undefined if the server allows no more. */
  async session(): Promise<KeySession | undefined> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const client = await this.#options.open().catch(() => undefined);
    if (client === undefined) return undefined;
    const session = { client, settings: 0 };
    this.#all.push(session);
    return session;
  }

  /** Adds what was removed from a CREATE TABLE, with the settings so far. Returns the session to the pool. */
  async add(session: KeySession, table: Table, additions: readonly Addition[]): Promise<void> {
    try {
      await this.#add(session, table, additions);
    } catch (error) {
      this.#options.onFailure(error);
      throw error;
    }
  }

  async #add(session: KeySession, table: Table, additions: readonly Addition[]): Promise<void> {
    const { client } = session;
    const upTo = this.#settings.length;
    for (const { text, line } of this.#settings.slice(session.settings)) await this.#run(client, text, line);
    session.settings = upTo;
    for (const text of [KEEP_CHARSET, ...table.charset]) await this.#run(client, text, table.line);
    const left: Left[] = [];
    for (const addition of additions) await this.#try(client, table, { addition, byCopy: false }, left);
    await this.#rebuild(client, table, left);
    await this.#run(client, RETURN_CHARSET, table.line);
    this.#idle.push(session);
  }

  async end(): Promise<void> {
    await Promise.all(this.#all.map(({ client }) => client.end()));
  }

  /** Ends the sessions at once, whatever they are doing. */
  destroy(): void {
    for (const { client } of this.#all) client.destroy();
  }

  /** @param left gets what can still be added to a recreated table */
  async #try(client: mysql.Connection, table: Table, one: Try, left: Left[]): Promise<void> {
    const fault = await runText(client, statementOf(one), table.line);
    if (fault === undefined) return;
    if (endsSession(fault.errno)) throw this.#options.failure(fault.message, table.name);
    const next = nextTries(one, fault.errno);
    if (next === 'rebuild' && this.#options.rebuilds) {
      left.push({ addition: one.addition, message: fault.message });
      return;
    }
    if (next === undefined || next === 'rebuild') return this.#notAdded(table, fault.message);
    if (lacksRoom(fault.errno) && !this.#toldOfRoom) {
      this.#toldOfRoom = true;
      this.#options.log(
        `NOTE: the server lacks the disk space to add all keys of ${quoteName(table.name)} at once, so it adds them one by one: ${fault.message}`,
      );
    }
    for (const another of next) await this.#try(client, table, another, left);
  }

  async #rebuild(client: mysql.Connection, table: Table, left: readonly Left[]): Promise<void> {
    const [first, ...others] = left;
    if (first === undefined) return;
    const name = quoteName(table.name);
    this.#options.log(
      `NOTE: the server lacks the disk space to sort the keys of ${name}: its rows are copied into a table that already has them`,
    );
    const additions = others.map(({ addition }) => addition);
    const fault = await rebuildWithKeys(client, [first.addition, ...additions], table.line);
    if (fault === undefined) return;
    if (endsSession(fault.errno)) throw this.#options.failure(fault.message, table.name);
    this.#options.log(`NOTE: ${name} could not be recreated with its keys: ${fault.message}`);
    for (const { message } of left) this.#notAdded(table, message);
  }

  #notAdded({ name }: Table, message: string): void {
    this.#incomplete.add(name);
    this.#options.notAdded(this.#options.failure(message, name));
  }

  async #run(client: mysql.Connection, text: Buffer, line: number): Promise<void> {
    const fault = await runText(client, text, line);
    if (fault !== undefined) throw this.#options.failure(fault.message, undefined);
  }
}
