import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { ApiClient } from '../../lib/local/demo/api-client.ts';
import { stackFile } from './stack/known-stack.ts';

export interface ServedProcess {
  child: ChildProcess;
  url: string;
  api: ApiClient;
}

/**
 * Starts the service in a process of its own, on any free port.
 * @param program with its arguments: a service of the stack that is known, unless told otherwise.
 * @param environment beside that of this process.
 */
export async function serve(
  stateDirectory: string,
  program = ['test/support/serve-process.ts', stackFile()],
  environment: Record<string, string> = {},
): Promise<ServedProcess> {
  const child = spawn(process.execPath, program, {
    env: { ...process.env, ...environment, STATE_DIR: stateDirectory, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let url = '';
  for await (const line of createInterface({ input: child.stdout })) {
    url = /service is at (http:\S+),/.exec(line)?.[1] ?? url;
    const token = /token of this session: (\S+)/.exec(line)?.[1];
    if (token !== undefined) return { child, url, api: new ApiClient(url, token) };
  }
  throw new Error('the service did not start');
}
