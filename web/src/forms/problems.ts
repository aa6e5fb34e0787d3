/** What the API's own schemas say of a body, as a person reads it beside the fields. Pure. */
import type { z } from 'zod';
import { sentence } from '../format/sentence.ts';

/** The first problem of each field, by its name; `''` is what concerns the whole. */
export type Problems = Readonly<Record<string, string>>;

export type Checked<B> = { body: B; problems: Problems } | { body?: undefined; problems: Problems };

export function check<S extends z.ZodType>(schema: S, body: unknown): Checked<z.output<S>> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return { body: parsed.data, problems: {} };
  const problems: Record<string, string> = {};
  for (const issue of parsed.error.issues) problems[String(issue.path[0] ?? '')] ??= wordsOfIssue(issue);
  return { problems };
}

/** zod's own messages speak to programmers; those that a schema was given are the API's words. */
function wordsOfIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'number' || issue.expected === 'int' ? 'Enter a number.' : 'Enter a value.';
    case 'invalid_value':
      return 'Choose one.';
    case 'too_small':
      if (issue.origin !== 'string') return `Must be ${issue.minimum} or more.`;
      return issue.minimum === 1 ? 'Enter a value.' : `Must have ${issue.minimum} characters or more.`;
    case 'too_big':
      return issue.origin === 'string'
        ? `Must have ${issue.maximum} characters or less.`
        : `Must be ${issue.maximum} or less.`;
    case 'invalid_format':
      if (issue.format === 'url') return 'Must be an address, such as https://storage.example.org.';
      if (issue.format === 'starts_with') return `Must begin with ${'prefix' in issue ? issue.prefix : ''}`;
      return sentence(issue.message);
    default:
      return sentence(issue.message);
  }
}

/** Whether a form holds something else than at first. */
export function differs<V extends object>(initial: V, values: V): boolean {
  return Object.keys(values).some((name) => initial[name as keyof V] !== values[name as keyof V]);
}

/** A number as it was typed: undefined where nothing was, NaN where it is none. */
export function numberOf(text: string): number | undefined {
  return text.trim() === '' ? undefined : Number(text);
}
