import type mysql from 'mysql2/promise';
import { endsSession } from '../../rules/load-failures.ts';
import { queryRows } from '../../session/session.ts';
import { runText } from '../text.ts';

/** The settings that a trigger keeps from the session that creates it, and its database's collation at that time. */
interface Settings {
  mode: string;
  client: string;
  connection: string;
  zone: string;
  database: string;
}

interface Trigger {
  text: Buffer;
  line: number;
  table: string;
  settings: Settings;
}

/** A server's error in the clients' wording. */
export type DefinitionFailure = (message: string, table: string | undefined) => Error;

/**
 * The session that creates everything with a definer: views, routines, events, triggers. It is a session of the
 * connection's own user: the user that loads the rows is dropped after the load, and no object may be left to it. The
 * clients let the server accept several statements at once, so the end of such a body would have to be guessed; in this
 * session, the server itself refuses a second statement. This session gets every SET of the dump, as the other sessions
 * do. Triggers are created last of all, with the settings in force at their place in the dump, so that none of them
 * runs for the dump's rows.
 */
export class MysqlDefinitions {
  readonly #open: () => Promise<mysql.Connection>;
  readonly #failure: DefinitionFailure;
  readonly #notMade: (error: Error) => void;
  #client: mysql.Connection | undefined;
  /** Settings that haven't been sent to it yet: most dumps only need this session for a few statements at their end. */
  #pending: { text: Buffer; line: number }[] = [];
  readonly #triggers: Trigger[] = [];

  /**
   * @param open connects to the target database, in a session whose text is sent byte by byte.
   * @param notMade called with the reason if something could not be created; the following objects are created
   * nevertheless
   */
  constructor(open: () => Promise<mysql.Connection>, failure: DefinitionFailure, notMade: (error: Error) => void) {
    this.#open = open;
    this.#failure = failure;
    this.#notMade = notMade;
  }

  /** Connects now if the server allows another session; otherwise, when it is needed. */
  async connect(): Promise<void> {
    this.#client ??= await this.#open().catch(() => undefined);
  }

  /** Takes a SET of the dump. */
  set(text: Buffer, line: number): void {
    this.#pending.push({ text: Buffer.from(text), line });
  }

  /** Runs one statement, after the other sessions have finished everything that it needs. */
  async run(text: Buffer, line: number): Promise<void> {
    await this.#make(await this.#ready(), text, line);
  }

  /** Takes a trigger, which `makeTriggers` creates later. */
  async keepTrigger(text: Buffer, line: number, table: string): Promise<void> {
    const client = await this.#ready();
    const [settings] = await queryRows<Settings>(
      client,
      'SELECT @@sql_mode AS mode, @@character_set_client AS client, @@collation_connection AS connection, ' +
        '@@time_zone AS zone, @@collation_database AS `database`',
    );
    this.#triggers.push({ text: Buffer.from(text), line, table, settings: settings as Settings });
  }

  /** @param beforeEach throws to stop the load */
  async makeTriggers(beforeEach: () => Promise<void>): Promise<void> {
    if (this.#triggers.length === 0) return;
    const client = await this.#ready();
    const [now] = await queryRows<{ database: string }>(client, 'SELECT @@collation_database AS `database`');
    const own = now?.database ?? '';
    let current = own;
    const collate = async (collation: string) => {
      if (collation !== current) await client.query(`ALTER DATABASE COLLATE ${collation}`);
      current = collation;
    };
    for (const { text, line, table, settings } of this.#triggers) {
      await beforeEach();
      const { mode, client: charset, connection, zone, database } = settings;
      await collate(database);
      await client.query('SET sql_mode = ?, character_set_client = ?, collation_connection = ?, time_zone = ?', [
        mode,
        charset,
        connection,
        zone,
      ]);
      await this.#make(client, text, line, table);
    }
    await collate(own);
  }

  async end(): Promise<void> {
    await this.#client?.end();
  }

  /** Ends the session at once, whatever it is doing. */
  destroy(): void {
    this.#client?.destroy();
  }

  async #ready(): Promise<mysql.Connection> {
    this.#client ??= await this.#open();
    for (const { text, line } of this.#pending.splice(0)) await this.#send(this.#client, text, line);
    return this.#client;
  }

  /** Runs one statement. If it fails, only the object that it creates is missing. */
  async #make(client: mysql.Connection, text: Buffer, line: number, table?: string): Promise<void> {
    const fault = await runText(client, text, line);
    if (fault === undefined) return;
    const failure = this.#failure(fault.message, table);
    if (endsSession(fault.errno)) throw failure;
    this.#notMade(failure);
  }

  /** Runs one statement that the following statements need. */
  async #send(client: mysql.Connection, text: Buffer, line: number): Promise<void> {
    const fault = await runText(client, text, line);
    if (fault !== undefined) throw this.#failure(fault.message, undefined);
  }
}
