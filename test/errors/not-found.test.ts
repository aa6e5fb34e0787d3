import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { notFound, orNotFound } from '../../lib/errors/not-found.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const sources = globSync('{lib,functions,containers}/**/*.ts', { cwd: ROOT }).map((file): [string, string] => [
  file,
  readFileSync(join(ROOT, file), 'utf8'),
]);
const having = (pattern: RegExp) => sources.filter(([, source]) => pattern.test(source)).map(([file]) => file);

describe('a missing record', () => {
  it('is reported with what to check', () => {
    expect(notFound('storage provider')).toMatchObject({
      ...{ code: 'NOT_FOUND', status: 404, message: 'storage provider not found' },
      hint: 'Check the storage provider id.',
    });
    expect(notFound('target connection').hint).toBe('Check target_connection against the list of connections.');
    expect(notFound('storage provider', 'Here is none.').hint).toBe('Here is none.');
  });

  it('is the error that is thrown in its place', () => {
    expect(orNotFound({ id: 'a' }, 'backup')).toEqual({ id: 'a' });
    expect(() => orNotFound(undefined, 'backup')).toThrow('backup not found');
  });
});

describe('a single file', () => {
  it('words the errors for missing records', () => {
    expect(having(/new NotFound\(\s*[`'"][^`'"]*\bnot found[`'"]/)).toEqual(['lib/errors/not-found.ts']);
  });

  it('words the issues of zod', () => {
    expect(having(/\berror\??\.issues\b|\{ issues \}/)).toEqual(['lib/errors/issues.ts']);
  });
});
