/** Asks questions at the terminal. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Caller } from '../caller.ts';
import { wrongUsage } from '../command.ts';

/** Whether someone can see a question at a terminal and answer it. */
export function canAsk({ stdin, stderr }: Caller): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** Reads one line without showing it. @throws MalformedRequest if there is no answer. */
export async function askHidden(caller: Caller, question: string): Promise<string> {
  const answer = await ask(caller, question, new Writable({ write: (_chunk, _encoding, done) => done() }));
  caller.stderr.write('\n');
  return answer;
}

/** @throws MalformedRequest if there is no answer. */
export async function askShown(caller: Caller, question: string): Promise<string> {
  return ask(caller, question, caller.stderr);
}

async function ask(caller: Caller, question: string, echo: Writable): Promise<string> {
  const lines = createInterface({ input: caller.stdin, output: echo, terminal: true, historySize: 0 });
  // from here on, the terminal is in raw mode: it doesn't echo, and a Ctrl+C arrives as a character
  caller.stderr.write(question);
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const closed = Promise.withResolvers<never>();
  lines.once('close', () => closed.reject(wrongUsage('there was no answer', 'Type it and press Enter.')));
  try {
    return await Promise.race([lines.question('', { signal: caller.signal }), closed.promise]);
  } finally {
    closed.promise.catch(() => {});
    lines.close();
  }
}
