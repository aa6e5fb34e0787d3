import { z } from 'zod';

/** What pgBackRest calls the server that it backs up: the heading of a section of its configuration, and part of keys. */
export const stanzaName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}[\]/]+$/u, 'must be the name of a stanza: without control characters, brackets and slashes');
