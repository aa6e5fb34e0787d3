import type { Readable, Writable } from 'node:stream';

/** Who typed a command: their environment, their streams, and their wish to stop. */
export interface Caller {
  env: NodeJS.ProcessEnv;
  stdin: Readable & { isTTY?: boolean };
  stdout: Writable & { isTTY?: boolean };
  stderr: Writable & { isTTY?: boolean };
  signal: AbortSignal;
}

export function say(out: Writable, line: string): void {
  out.write(`${line}\n`);
}
