import { z } from 'zod';
import { hasField } from '../databases/engines.ts';
import type { OwnField } from '../databases/facts.ts';
import { type DbType, dbType, SSL_MODES } from '../databases/names.ts';
import { right } from '../engines/rights.ts';
import { id } from '../storage/fields.ts';
import { pem } from '../storage/items/schemas.ts';

/** A DNS name, which may contain the underscores of container networks. An IPv4 address has the same form. */
const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?$/;
const IPV6_ADDRESS = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9]+)?$/;

const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}+$/u, 'must not contain control characters');

const secretText = z
  .string()
  .min(1)
  .max(1024)
  .refine((secret) => !/[\0\r\n]/.test(secret), 'must be one line')
  .meta({ writeOnly: true });

const fields = {
  name: text(200).trim().min(1),
  db_type: dbType,
  host: z
    .string()
    .min(1)
    .max(255)
    .refine((host) => HOST_NAME.test(host) || IPV6_ADDRESS.test(host), 'must be a host name or an IP address'),
  port: z.number().int().min(1).max(65535),
  username: text(128),
  /** Write-only. */
  password: secretText,
  /** The names of RDS's secrets contain a `!`. */
  secret_arn: z
    .string()
    .max(2048)
    .regex(/^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]+$/, 'must be the ARN of a secret'),
  ssl_mode: z.enum(SSL_MODES),
  ca_bundle: pem.nullable(),
  event_restore_allowed: z.boolean(),
  trusted: z
    .boolean()
    .describe(
      'for postgresql: whether a dump may use all rights of the login, such as those of a superuser, while it is loaded',
    ),
  encrypted_only: z.boolean(),
  binlog_prefix: text(1024).nullable(),
  free_bytes: z
    .number()
    .int()
    .nonnegative()
    .nullable()
    .describe("bytes free on the server's disk, if RDS doesn't measure it: a restore that needs more is warned of"),
  /** Write-only, PostgreSQL only: the passphrase of the server's pgBackRest repository. Null removes it. */
  cipher_pass: secretText.nullable(),
};

const notBoth = (body: { password?: string | undefined; secret_arn?: string | null | undefined }) =>
  body.password === undefined || body.secret_arn === undefined || body.secret_arn === null;
const NOT_BOTH = 'give a password or a secret_arn, not both';

const newConnection = z.strictObject({
  ...fields,
  password: fields.password.optional(),
  secret_arn: fields.secret_arn.nullable().default(null),
  ssl_mode: fields.ssl_mode.default('prefer'),
  ca_bundle: fields.ca_bundle.default(null),
  event_restore_allowed: fields.event_restore_allowed.default(false),
  trusted: fields.trusted.default(false),
  encrypted_only: fields.encrypted_only.default(false),
  binlog_prefix: fields.binlog_prefix.default(null),
  free_bytes: fields.free_bytes.default(null),
  cipher_pass: fields.cipher_pass.optional(),
});

const WHY_FOREIGN = {
  binlog_prefix: 'has no binary logs',
  cipher_pass: 'is not backed up with pgBackRest',
} as const satisfies Partial<Record<OwnField, string>>;

/**
 * The first given field that servers of this type don't use, and why they don't.
 * @returns the field, and what is wrong with it.
 */
export function foreignField(
  dbType: DbType,
  given: { binlog_prefix?: string | null | undefined; cipher_pass?: string | null | undefined },
): { path: string[]; message: string } | undefined {
  for (const field of ['binlog_prefix', 'cipher_pass'] as const) {
    if (hasField(dbType, field) || given[field] === undefined || given[field] === null) continue;
    return { path: [field], message: `must not be given: ${dbType} ${WHY_FOREIGN[field]}` };
  }
  return undefined;
}

const ownFields: z.core.CheckFn<z.output<typeof newConnection>> = ({ value, issues }) => {
  const problem = foreignField(value.db_type, value);
  if (problem !== undefined) issues.push({ code: 'custom', ...problem, input: undefined });
};

export const newConnectionBody = newConnection.refine(notBoth, NOT_BOTH).check(ownFields);

/**
 * A connection to test before it is stored. If it has the id of a stored one and no password, the stored password is
 * used.
 */
export const connectionDraftBody = newConnection
  .extend({ id: id.optional() })
  .refine(notBoth, NOT_BOTH)
  .check(ownFields);

/** Fields that are missing keep their values. The server's type never changes. A password replaces a secret's ARN. */
export const connectionUpdateBody = z
  .strictObject({ ...fields, secret_arn: fields.secret_arn.nullable() })
  .omit({ db_type: true })
  .partial()
  .refine(notBoth, NOT_BOTH);

export const connectionTestAnswer = z.object({
  ok: z.boolean().describe("whether the login succeeded and the server has the connection's db_type"),
  /** The server's own message. */
  server_version: z.string().nullable(),
  tls: z.string().nullable().describe('protocol and cipher in use, or null without encryption'),
  rights: z.array(right).describe('rights that a restore needs, in the databases of the known backups'),
  error: z.string().nullable(),
  hint: z.string().nullable(),
});
export type ConnectionTest = z.infer<typeof connectionTestAnswer>;
