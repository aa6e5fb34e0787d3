/** Questions to the person at the terminal. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Caller } from '../caller.ts';
import { wrongUsage } from '../command.ts';

/** Whether a person at a terminal can see a question and answer it. */
export function canAsk({ stdin, stderr }: Caller): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** One line, which is not shown as it is typed. @throws MalformedRequest without an answer. */
export async function askHidden(caller: Caller, question: string): Promise<string> {
  const answer = await ask(caller, question, new Writable({ write: (_chunk, _encoding, done) => done() }));
  caller.stderr.write('\n');
  return answer;
}

/** @throws MalformedRequest without an answer. */
export async function askShown(caller: Caller, question: string): Promise<string> {
  return ask(caller, question, caller.stderr);
}

async function ask(caller: Caller, question: string, echo: Writable): Promise<string> {
  const lines = createInterface({ input: caller.stdin, output: echo, terminal: true, historySize: 0 });
  // the terminal is in raw mode from here: it doesn't echo, and a Ctrl+C arrives as a character
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
