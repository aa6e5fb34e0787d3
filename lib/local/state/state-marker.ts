/** A state directory's description of itself, in `state.json`: its version, and what it has to contain. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from './atomic-file.ts';

/** The version that this service writes. */
export const STATE_VERSION = 1;
export const MARKER = 'state.json';

const versioned = z.object({ version: z.number() });
const stateMarker = z.object({
  version: z.literal(STATE_VERSION),
  created_at: z.string(),
  /** False until a first start has created everything: until then, there is nothing to keep. */
  ready: z.boolean(),
  /** Hex SHA-256 of `secrets.key`. It is useless to anyone who doesn't have that file. */
  key_sha256: z.string().nullable(),
  /** Names of the tables at the last start. */
  tables: z.array(z.string()),
  /** How often the service has started; the database has the same number. */
  starts: z.number(),
});
export type StateMarker = z.infer<typeof stateMarker>;
/** Detects a changed byte in this file, so that it isn't taken for a fault in another file. */
const sealedMarker = stateMarker.extend({ sha256: z.string() });

export type ReadMarker =
  | { kind: 'none' }
  | { kind: 'newer'; version: number }
  | { kind: 'broken'; why: string }
  | { kind: 'read'; marker: StateMarker };

export function readMarker(directory: string): ReadMarker {
  let text: string;
  try {
    text = readFileSync(join(directory, MARKER), 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? { kind: 'none' } : { kind: 'broken', why: message };
  }
  if (text === '') return { kind: 'broken', why: 'it is empty' };
  try {
    const json: unknown = JSON.parse(text);
    const { version } = versioned.parse(json);
    if (version > STATE_VERSION) return { kind: 'newer', version };
    const { sha256, ...marker } = sealedMarker.parse(json);
    if (sha256 !== hashOf(marker)) return { kind: 'broken', why: 'it was changed' };
    return { kind: 'read', marker };
  } catch {
    return { kind: 'broken', why: 'it is not what the service writes' };
  }
}

export function writeMarker(directory: string, marker: StateMarker): void {
  const sealed = { ...marker, sha256: hashOf(marker) };
  replaceFile(join(directory, MARKER), `${JSON.stringify(sealed, null, 2)}\n`);
}

function hashOf({ version, created_at, ready, key_sha256, tables, starts }: StateMarker): string {
  const text = JSON.stringify([version, created_at, ready, key_sha256, tables, starts]);
  return createHash('sha256').update(text).digest('hex');
}
