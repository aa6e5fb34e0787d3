/** Questions to the person at the terminal. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Caller } from './caller.ts';
import { wrongUsage } from './command.ts';

/** Whether somebody is there who sees a question and can answer it. */
export function canAsk({ stdin, stderr }: Caller): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** One line, which is not shown as it is typed. @throws MalformedRequest where nothing is answered. */
export async function askHidden(caller: Caller, question: string): Promise<string> {
  const answer = await ask(caller, question, new Writable({ write: (_chunk, _encoding, done) => done() }));
  caller.stderr.write('\n');
  return answer;
}

/** @throws MalformedRequest where nothing is answered. */
export async function askShown(caller: Caller, question: string): Promise<string> {
  return ask(caller, question, caller.stderr);
}

async function ask(caller: Caller, question: string, echo: Writable): Promise<string> {
  const lines = createInterface({ input: caller.stdin, output: echo, terminal: true, historySize: 0 });
  // the terminal is in raw mode from here: it shows nothing of itself, and a Ctrl+C comes as a character
  caller.stderr.write(question);
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const closed = Promise.withResolvers<never>();
  lines.once('close', () => closed.reject(wrongUsage('there was no answer', 'Type it, and Enter.')));
  try {
    return await Promise.race([lines.question('', { signal: caller.signal }), closed.promise]);
  } finally {
    closed.promise.catch(() => {});
    lines.close();
  }
}
