import { z } from 'zod';
import { id } from '../fields.ts';

const CERTIFICATES = /^\s*(-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/;

/**
 * A PEM bundle of all of RDS's certificates has about 165 KB, but a body is limited to 64 KiB. So a bundle is for one
 * server.
 */
export const pem = z
  .string()
  .max(48 * 1024)
  .startsWith('-----BEGIN CERTIFICATE-----')
  .regex(CERTIFICATES, 'must contain only certificates in PEM');

export const limit = z.coerce.number().int().min(1).max(200).default(50);
export const cursor = z.string().max(2000).optional();
const time = z.iso.datetime({ offset: true });

/** The query parameters of every list. */
export const listQuery = z.strictObject({ limit, cursor });

/** Additional query parameters for lists of events: ISO 8601 times, both inclusive. */
export const timedListQuery = listQuery.extend({ since: time.optional(), until: time.optional() });

export const noQuery = z.strictObject({});
export const emptyBody = z.strictObject({});

export const oneId = z.strictObject({ id });

/** The form of every error. */
export const errorAnswer = z.object({ error: z.string(), code: z.string(), hint: z.string().optional() });
