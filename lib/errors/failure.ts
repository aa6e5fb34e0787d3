import { z } from 'zod';
import type { Failure } from './errors.ts';

/** An error as records keep it: the same three parts as an answer has. */
export const failure = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });

/** As an event tells it: it has room for 256 KiB, and a rule asks for the code. */
export function told(error: Failure | null): Failure | null {
  return error && { ...error, message: error.message.slice(0, 1000) };
}
