import type { Readable, Writable } from 'node:stream';

/** What a command gets from its caller: environment, streams, and the signal to stop. */
export interface Caller {
  env: NodeJS.ProcessEnv;
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
  signal: AbortSignal;
}

/** Never throws: the stream's watcher reports at the end what could not be written. */
export function say(out: Writable, line: string): void {
  try {
    out.write(`${line}\n`);
  } catch (error) {
    out.emit('error', error);
  }
}
