import type { DumpPiece, MysqlSession } from './session.ts';

/** The sessions of one load. They have all got the same settings, so that any of them may run what comes next. */
export class MysqlSessions {
  readonly main: MysqlSession;
  readonly #open: () => MysqlSession;
  #all: MysqlSession[];
  /** What ends a statement, as the dump's last DELIMITER says. */
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

  /** Opens up to `count` sessions in all, as many as the server allows, and gives the new ones what the first one has got. */
  async openOthers(count: number, settings: readonly DumpPiece[]): Promise<void> {
    // the one that cannot be done without comes first: a server that lets in few may refuse any of those at once
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

  /** One that has nothing to do, or for rows one that takes them; waits for it. */
  async free(forRows: boolean): Promise<MysqlSession> {
    for (;;) {
      const free =
        this.#all.find((session) => !session.isBusy) ??
        (forRows ? this.#all.find((session) => session.takesRows) : undefined);
      if (free !== undefined) return free;
      await Promise.race(this.#all.map((session) => session.progress()));
    }
  }

  /** Waits until these, or all, have run what they were sent. */
  async settled(sessions: Iterable<MysqlSession> = this.#all): Promise<void> {
    await Promise.all(Array.from(sessions, (session) => session.settled(this.delimiter)));
  }

  /** Tells all that there is no more, and waits for their ends. */
  async close(): Promise<void> {
    for (const session of this.#all) session.close();
    await Promise.all(this.#all.map((session) => session.ended));
  }
}
