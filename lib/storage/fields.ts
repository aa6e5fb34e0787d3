/** The types of records' fields: UUID ids, ISO 8601 UTC times, whole numbers of bytes and milliseconds. */
import { z } from 'zod';

export const id = z.uuid();
export const time = z.iso.datetime();
export const bytes = z.number().int().nonnegative();
export const milliseconds = z.number().int().nonnegative();
