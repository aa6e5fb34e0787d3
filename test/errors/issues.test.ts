import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { issueLines, issuesOf } from '../../lib/errors/issues.ts';

const schema = z.strictObject({ name: z.string('no text'), at: z.strictObject({ hour: z.number('no number') }) });
const errorOf = (value: unknown, of: z.ZodType = schema) => of.safeParse(value).error as z.ZodError;

describe('an issue that zod finds', () => {
  it('is reported with the wrong field', () => {
    expect(issuesOf(errorOf({ name: 1, at: { hour: 'x' } }))).toBe('name: no text; at.hour: no number');
  });

  it('names each unknown field and its place', () => {
    const error = errorOf({ name: 'a', at: { hour: 1, minute: 2, second: 3 }, other: 1 });
    expect(issueLines(error)).toEqual(['unknown field: at.minute, at.second', 'unknown field: other']);
    expect(issueLines(error, { unknownFields: ([path]) => `what is ${path}?` })[1]).toBe('what is other?');
  });

  it('is reported without a field if it concerns none, unless the whole has a name', () => {
    const error = errorOf(
      {},
      z.object({}).refine(() => false, 'too odd'),
    );
    expect(issuesOf(error)).toBe('too odd');
    expect(issueLines(error, { subjectOf: ([name = 'stage']) => String(name) })).toEqual(['stage: too odd']);
  });
});
