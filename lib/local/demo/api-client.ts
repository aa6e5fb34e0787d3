import type { Restore } from '../../domain/records.ts';
import type { LocalService } from '../service.ts';

const POLL_MS = 200;

/** Calls the service as any user does: over HTTP, with the token. */
export class ApiClient {
  readonly #service: Pick<LocalService, 'url' | 'apiToken'>;

  constructor(service: Pick<LocalService, 'url' | 'apiToken'>) {
    this.#service = service;
  }

  async call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${this.#service.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#service.apiToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() };
  }

  /** @throws Error with the API's own message when it does not start. */
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
   * @param onLine called with each line of its log as it comes.
   */
  async follow(restoreId: string, onLine: (line: string) => void = () => {}): Promise<Restore> {
    let shown = 0;
    for (;;) {
      const restore = (await this.call('GET', `/api/restores/${restoreId}`)).body as Restore;
      const lines = restore.log_output.split('\n').slice(0, -1);
      for (const line of lines.slice(shown)) onLine(line);
      shown = lines.length;
      if (restore.status !== 'running') return restore;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
