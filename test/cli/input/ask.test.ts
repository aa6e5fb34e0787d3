import { PassThrough, Writable } from 'node:stream';
import { expect, it } from 'vitest';
import type { Caller } from '../../../lib/cli/caller.ts';
import { askHidden, askShown } from '../../../lib/cli/input/ask.ts';

it.each([
  ['hidden', askHidden],
  ['shown', askShown],
])("the terminal's echo is off before a %s question is shown", async (_kind, ask) => {
  let raw = false;
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (mode: boolean) => (raw = mode) });
  const rawAtQuestion: boolean[] = [];
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      // whoever answers at once, as a program does
      if (String(chunk).includes('Password: ')) {
        rawAtQuestion.push(raw);
        setImmediate(() => stdin.write('secret\r'));
      }
      done();
    },
  });
  const caller = { stdin, stderr, signal: AbortSignal.timeout(5000) } as unknown as Caller;
  expect(await ask(caller, 'Password: ')).toBe('secret');
  expect(rawAtQuestion).toEqual([true]);
  expect(raw).toBe(false);
});
