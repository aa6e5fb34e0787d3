import type { Readable, Writable } from 'node:stream';

/** What a command gets from its caller: the environment, the streams, and the signal that stops it. */
export interface Caller {
  env: NodeJS.ProcessEnv;
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
  signal: AbortSignal;
}

/** Never throws. If something can't be written, the stream's watcher reports that at the end. */
export function say(out: Writable, line: string): void {
  try {
    out.write(`${line}\n`);
  } catch (error) {
    out.emit('error', error);
  }
}
