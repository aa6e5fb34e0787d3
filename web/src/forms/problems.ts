/** The errors that the API's own schemas find in a body, worded for the fields of a form. Pure. */
import type { z } from 'zod';
import { sentence } from '../format/sentence.ts';

/** The first problem of each field, by its name or path (`groups.0.1.database`); `''` means the whole form. */
export type Problems = Readonly<Record<string, string>>;

export type Checked<B> = { body: B; problems: Problems } | { body?: undefined; problems: Problems };

export function check<S extends z.ZodType>(schema: S, body: unknown): Checked<z.output<S>> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return { body: parsed.data, problems: {} };
  const problems: Record<string, string> = {};
  for (const issue of parsed.error.issues) problems[issue.path.join('.')] ??= wordsOfIssue(issue);
  return { problems };
}

/** The first problem of a field or its parts. */
export function problemWithin(problems: Problems, name: string): string | undefined {
  return Object.entries(problems).find(([way]) => way === name || way.startsWith(`${name}.`))?.[1];
}

/** zod's own messages are for programmers; messages that a schema states are the API's. */
export function wordsOfIssue(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.expected === 'record') return 'Must be a JSON object.';
      return issue.expected === 'number' || issue.expected === 'int' ? 'Enter a number.' : 'Enter a value.';
    case 'invalid_value':
      return 'Choose one.';
    case 'too_small':
      if (issue.origin === 'array') return `Enter ${issue.minimum} or more.`;
      if (issue.origin !== 'string') return `Must be ${issue.minimum} or more.`;
      return issue.minimum === 1 ? 'Enter a value.' : `Must have at least ${issue.minimum} characters.`;
    case 'too_big':
      if (issue.origin === 'array') return `At most ${issue.maximum} allowed.`;
      return issue.origin === 'string'
        ? `Must have at most ${issue.maximum} characters.`
        : `Must be ${issue.maximum} or less.`;
    case 'invalid_format':
      if (issue.format === 'uuid') return 'Choose one.';
      if (issue.format === 'datetime') return 'Must be a time, such as 2026-11-22 14:30.';
      if (issue.format === 'url') return 'Must be a URL, such as https://storage.example.org.';
      if (issue.format === 'starts_with') return `Must start with ${'prefix' in issue ? issue.prefix : ''}`;
      return sentence(issue.message);
    default:
      return sentence(issue.message);
  }
}

/** Whether a form's content differs from its initial content. */
export function differs<V extends object>(initial: V, values: V): boolean {
  return Object.keys(values).some((name) => initial[name as keyof V] !== values[name as keyof V]);
}

/** The number that was typed: undefined if the field is empty, NaN if the text isn't a number. */
export function numberOf(text: string): number | undefined {
  return text.trim() === '' ? undefined : Number(text);
}
