import { z } from 'zod';

/** pgBackRest's name for a server. It is a section heading in pgBackRest's configuration, and part of keys. */
export const stanzaName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}[\]/]+$/u, 'must be the name of a stanza: without control characters, brackets and slashes');
