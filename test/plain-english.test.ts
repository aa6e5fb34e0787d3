/** Holds our texts to plain English: the phrases below are riddles for readers in a hurry, and each has a plain form. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findingsIn } from './support/plain-english.ts';

const ROOT = join(import.meta.dirname, '..');

/** These contain the phrases themselves. */
const OWN = ['test/plain-english.test.ts', 'test/support/plain-english.ts'];

describe('the rules', () => {
  it.each([
    ['/** What it holds; undefined where it holds nothing. */', 'if'],
    ['// Where there is none, the default is taken', 'if'],
    ['/** The text, in words,\n * where that is known. */', 'if'],
    ['Where the target is gone, restore elsewhere.', 'if'],
    ['/** @throws Error where no tool could restore it. */', 'if'],
    ['a superuser is no owner', "isn't"],
    ['the key was no use', "isn't"],
    ['Nobody knows', 'no one'],
    ['somebody else may have changed it', 'no one'],
    ['/** The provider has an own key. */', 'its own'],
    ['a view stands in the way', 'its own'],
    ['// deals with a missing folder', 'what it does'],
    ['a failure that a retry mends', 'undo'],
    ['the grant is taken back', 'undo'],
  ])('find %j', (text, instead) => {
    expect(findingsIn(`one\n${text}`)).toEqual([
      { line: expect.toBeOneOf([2, 3]), phrase: expect.any(String), instead: expect.stringContaining(instead) },
    ]);
  });

  it.each([
    'the directory where the files are',
    'Say where Jagad is and which bucket it uses',
    'SELECT a FROM t WHERE it IS NULL',
    'Where to, what that overwrites',
    'there is no key to open it with',
    'an owner, a great deal of which is amended',
    'it is no longer listed',
    "runs the server as `nobody`, 'postgresql://nobody@127.0.0.1'",
  ])('leave %j alone', (text) => {
    expect(findingsIn(text)).toEqual([]);
  });
});

function trackedTexts(): string[] {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx', '*.md', '*.sh'], { cwd: ROOT, encoding: 'utf8' });
  return files.split('\n').filter((file) => file !== '' && !OWN.includes(file));
}

it('our texts are plain English', () => {
  const found = trackedTexts().flatMap((file) =>
    findingsIn(readFileSync(join(ROOT, file), 'utf8')).map(
      ({ line, phrase, instead }) => `${file}:${line}: "${phrase}": ${instead}`,
    ),
  );
  expect(found).toEqual([]);
});
