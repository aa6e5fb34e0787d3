/** The form of a connection and its request body. Pure. */
import type { z } from 'zod';
import type { Connection } from '../../../../lib/connections/model.ts';
import type { connectionDraftBody } from '../../../../lib/connections/schemas.ts';
import { movedPassword } from '../../../../lib/connections/stored-secret.ts';
import { ENGINES, hasField } from '../../../../lib/databases/engines.ts';
import type { DbType, SslMode } from '../../../../lib/databases/names.ts';
import { numberOf } from '../../forms/problems.ts';

const GIB = 1024 ** 3;

export interface ConnectionValues {
  name: string;
  db_type: DbType;
  host: string;
  port: string;
  username: string;
  login: 'password' | 'secret_arn';
  password: string;
  secret_arn: string;
  /** Whether to keep using the stored secret although the settings have changed. */
  same_secret: boolean;
  ssl_mode: SslMode;
  ca_bundle: string;
  event_restore_allowed: boolean;
  trusted: boolean;
  encrypted_only: boolean;
  binlog_prefix: string;
  /** The free space on its disk, in GiB. */
  free_bytes: string;
  cipher_pass: string;
  /** Whether to remove the stored passphrase. */
  without_cipher_pass: boolean;
}

/** The body of a test: it only has a password if one was typed, or has to be. */
export type ConnectionDraft = z.output<typeof connectionDraftBody>;

export function connectionValues(stored?: Connection): ConnectionValues {
  return {
    name: stored?.name ?? '',
    db_type: stored?.db_type ?? 'postgresql',
    host: stored?.host ?? '',
    port: String(stored?.port ?? ENGINES.postgresql.defaultPort),
    username: stored?.username ?? '',
    login: (stored?.secret_arn ?? null) === null ? 'password' : 'secret_arn',
    password: '',
    secret_arn: stored?.secret_arn ?? '',
    same_secret: false,
    ssl_mode: stored?.ssl_mode ?? 'prefer',
    ca_bundle: stored?.ca_bundle ?? '',
    event_restore_allowed: stored?.event_restore_allowed ?? false,
    trusted: stored?.trusted ?? false,
    encrypted_only: stored?.encrypted_only ?? false,
    binlog_prefix: stored?.binlog_prefix ?? '',
    free_bytes: stored?.free_bytes == null ? '' : String(stored.free_bytes / GIB),
    cipher_pass: '',
    without_cipher_pass: false,
  };
}

/** The port changes along with the type, unless the user set it. */
export function withDbType({ db_type, port }: ConnectionValues, next: DbType): Partial<ConnectionValues> {
  const isDefault = port.trim() === '' || port.trim() === String(ENGINES[db_type].defaultPort);
  return { db_type: next, ...(isDefault ? { port: String(ENGINES[next].defaultPort) } : {}) };
}

/**
 * Whether the stored password is kept if none is typed. It isn't if the server, the user or the TLS mode changes in a
 * way that could reveal it.
 */
export function keepsPassword(values: ConnectionValues, stored: Connection | undefined): boolean {
  return stored !== undefined && stored.secret_arn === null && !isMoved(values, stored);
}

/** Whether the stored password has to be typed again, because it would be sent somewhere else. */
export function needsPasswordAgain(values: ConnectionValues, stored: Connection | undefined): boolean {
  const isStored = stored !== undefined && stored.secret_arn === null && values.login === 'password';
  return isStored && values.password === '' && !keepsPassword(values, stored);
}

/** Whether the stored secret's ARN has to be confirmed, because its password would be sent somewhere else. */
export function needsArnAgain(values: ConnectionValues, stored: Connection | undefined): boolean {
  const isSame = stored?.secret_arn !== null && stored?.secret_arn === values.secret_arn.trim();
  return stored !== undefined && values.login === 'secret_arn' && isSame && isMoved(values, stored);
}

function isMoved(values: ConnectionValues, stored: Connection): boolean {
  const { db_type, username, ssl_mode } = values;
  const typed = { db_type, host: values.host.trim(), port: Number(values.port), username, ssl_mode };
  return movedPassword(stored, { ...typed, ca_bundle: bundleOf(values) }) !== undefined;
}

/** A bundle that was pasted with other text before it begins at its first certificate. */
function bundleOf({ ca_bundle }: ConnectionValues): string | null {
  return ca_bundle.trim() === '' ? null : ca_bundle.trim();
}

/** The settings of a connection to check, test and store. */
export function connectionDraft(values: ConnectionValues, stored?: Connection) {
  const { login, password, secret_arn, port, binlog_prefix, cipher_pass, without_cipher_pass, ...others } = values;
  const { same_secret, free_bytes, ...fields } = others;
  const { db_type } = fields;
  const isKept = password === '' && keepsPassword(values, stored);
  const isArnMissing = needsArnAgain(values, stored) && !same_secret;
  return {
    ...(stored === undefined ? {} : { id: stored.id }),
    ...fields,
    host: fields.host.trim(),
    port: numberOf(port),
    ...(login === 'password' && !isKept ? { password } : {}),
    secret_arn: login === 'secret_arn' ? (isArnMissing ? '' : secret_arn.trim()) : null,
    ca_bundle: bundleOf(values),
    free_bytes: free_bytes.trim() === '' ? null : Math.round(Number(free_bytes) * GIB),
    // fields that were typed before another engine was chosen aren't sent
    binlog_prefix: hasField(db_type, 'binlog_prefix') && binlog_prefix.trim() !== '' ? binlog_prefix.trim() : null,
    ...(hasField(db_type, 'cipher_pass') ? cipherPass({ cipher_pass, without_cipher_pass }) : {}),
  };
}

/** If it is left empty, the stored one is kept. */
function cipherPass({
  cipher_pass,
  without_cipher_pass,
}: Pick<ConnectionValues, 'cipher_pass' | 'without_cipher_pass'>) {
  if (without_cipher_pass) return { cipher_pass: null };
  return cipher_pass === '' ? {} : { cipher_pass };
}

/** The body for a new connection. */
export function newConnection({ id: _, ...body }: ConnectionDraft) {
  return body;
}

/** The body for changing a connection, whose type can't change. */
export function connectionUpdate({ id: _, db_type: __, ...body }: ConnectionDraft) {
  return body;
}
