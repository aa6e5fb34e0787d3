import type { Readable, Writable } from 'node:stream';

/** Who typed a command: their environment, their streams, and their wish to stop. */
export interface Caller {
  env: NodeJS.ProcessEnv;
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
  signal: AbortSignal;
}

/** Never throws: what could not be written is told at the end, by whoever watches the stream. */
export function say(out: Writable, line: string): void {
  try {
    out.write(`${line}\n`);
  } catch (error) {
    out.emit('error', error);
  }
}
