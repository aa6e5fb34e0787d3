import type { Readable, Writable } from 'node:stream';

/** What a command gets from the person who runs it: environment, streams, and the signal to stop. */
export interface Caller {
  env: NodeJS.ProcessEnv;
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
  signal: AbortSignal;
}

/** Never throws: whoever watches the stream reports what could not be written, at the end. */
export function say(out: Writable, line: string): void {
  try {
    out.write(`${line}\n`);
  } catch (error) {
    out.emit('error', error);
  }
}
