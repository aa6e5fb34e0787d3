import type { DumpPiece, MysqlSession } from './session.ts';

/** The sessions of one load. All of them were sent the same settings, so any of them may run the next statement. */
export class MysqlSessions {
  readonly main: MysqlSession;
  readonly #open: () => MysqlSession;
  #all: MysqlSession[];
  /** The delimiter that ends a statement, as set by the dump's last DELIMITER. */
  delimiter = ';';

  constructor(open: () => MysqlSession) {
    this.#open = open;
    this.main = open();
    this.#all = [this.main];
  }

  get count(): number {
    return this.#all.length;
  }

  get others(): readonly MysqlSession[] {
    return this.#all.slice(1);
  }

  /**
   * Opens up to `count` sessions in total, as many as the server allows. New sessions are sent everything that the
   * first one was sent.
   */
  async openOthers(count: number, settings: readonly DumpPiece[]): Promise<void> {
    // open the indispensable session first: a server with few free sessions may refuse any of several that are opened
    // at once
    await this.main.connected;
    const opened = await Promise.all(
      Array.from({ length: count - 1 }, async () => {
        const session = this.#open();
        for (const sent of settings) await session.send(sent);
        return session.connected.then(
          () => [session],
          () => [],
        );
      }),
    );
    this.#all = [this.main, ...opened.flat()];
  }

  async sendToAll(sent: DumpPiece): Promise<void> {
    for (const session of this.#all) await session.send(sent);
  }

  /** Waits for a session that is idle, or, for rows, for one that can take more. */
  async free(forRows: boolean): Promise<MysqlSession> {
    for (;;) {
      const free =
        this.#all.find((session) => !session.isBusy) ??
        (forRows ? this.#all.find((session) => session.takesRows) : undefined);
      if (free !== undefined) return free;
      await Promise.race(this.#all.map((session) => session.progress()));
    }
  }

  /** Waits until these sessions, or all of them, have run what they were sent. */
  async settled(sessions: Iterable<MysqlSession> = this.#all): Promise<void> {
    await Promise.all(Array.from(sessions, (session) => session.settled(this.delimiter)));
  }

  /** Tells all sessions that nothing more comes, and waits until they end. */
  async close(): Promise<void> {
    for (const session of this.#all) session.close();
    await Promise.all(this.#all.map((session) => session.ended));
  }
}
