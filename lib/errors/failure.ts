import { z } from 'zod';
import type { Failure } from './errors.ts';

/** An error as records store it: the same three parts as in a response. */
export const failure = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

/** An error as an event reports it. An event has room for 256 KiB, and a rule may need the code. */
export function told(error: Failure | null): Failure | null {
  return error && { ...error, message: error.message.slice(0, 1000) };
}
