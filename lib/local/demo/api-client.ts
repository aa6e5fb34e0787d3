import { setTimeout as sleep } from 'node:timers/promises';
import type { Restore } from '../../restores/model.ts';

const POLL_MS = 200;

/** Calls the service as any user does: over HTTP, with a session's token. */
export class ApiClient {
  readonly #url: string;
  readonly token: string;
  readonly #pause: () => Promise<unknown>;

  /** @param pause between two checks of a restore */
  constructor(url: string, token: string, pause = (): Promise<unknown> => sleep(POLL_MS)) {
    this.#url = url;
    this.token = token;
    this.#pause = pause;
  }

  /** @throws Error with the API's own message. */
  static async logIn(url: string, username: string, password: string): Promise<ApiClient> {
    const { status, body } = await new ApiClient(url, '').call('POST', '/api/auth/login', { username, password });
    if (status !== 200) throw new Error(`the login failed: ${JSON.stringify(body)}`);
    return new ApiClient(url, (body as { token: string }).token);
  }

  async call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.token === '' ? {} : { authorization: `Bearer ${this.token}` }),
        'content-type': 'application/json',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  /** @throws Error with the API's own message if the restore doesn't start. */
  async startRestore(
    backupId: string,
    request: { target_connection?: string; target_database?: string } = {},
  ): Promise<Restore> {
    const { status, body } = await this.call('POST', `/api/backups/${backupId}/restore`, request);
    if (status !== 201) throw new Error(`the restore did not start: ${JSON.stringify(body)}`);
    return body as Restore;
  }

  /**
   * Waits until a restore has ended.
   * @param onLine called with each new line of its log.
   */
  async follow(restoreId: string, onLine: (line: string) => void = () => {}): Promise<Restore> {
    let shown = 0;
    for (;;) {
      const restore = (await this.call('GET', `/api/restores/${restoreId}`)).body as Restore;
      const lines = restore.log_output.split('\n').slice(0, -1);
      for (const line of lines.slice(shown)) onLine(line);
      shown = lines.length;
      if (restore.status !== 'running') return restore;
      await this.#pause();
    }
  }
}
