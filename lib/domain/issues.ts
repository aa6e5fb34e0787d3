import type { z } from 'zod';

/** What is wrong with a value, in one line: each field and its problem. */
export function issuesOf(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
}
