/** Keys and passwords. They are never read from the arguments, which every process on the machine can read. */
import { readFile } from 'node:fs/promises';
import { objectKind } from '../../formats/jagad-frames.ts';
import type { EncryptionKey } from '../../pipeline/decryption/decrypt.ts';
import { openDownload } from '../../pipeline/download/download.ts';
import type { ObjectSource } from '../../storage/objects/object-source.ts';
import type { Caller } from '../caller.ts';
import { wrongUsage } from '../command.ts';
import { askHidden, canAsk } from './ask.ts';

export const KEY_HELP = `Key of an encrypted backup: JAGAD_ENCRYPTION_KEY, as in Jagad's own settings; otherwise a prompt on the terminal.`;

export const PASSWORD_HELP = `Password of the target: JAGAD_TARGET_PASSWORD (set but empty: no password), or
  --password-file PATH   the first line of a file
otherwise a prompt on the terminal.`;

/** Enough bytes to recognise an object. */
const HEAD_BYTES = 1024;

/** @throws MalformedRequest if a key is needed but missing; DownloadError */
export async function encryptionKeys(source: ObjectSource, caller: Caller): Promise<EncryptionKey[]> {
  const given = caller.env.JAGAD_ENCRYPTION_KEY;
  if (given !== undefined && given !== '') return [{ id: 'JAGAD_ENCRYPTION_KEY', masterKey: given }];
  if (!(await isEncrypted(source, caller.signal))) return [];
  if (!canAsk(caller)) {
    throw wrongUsage(
      'the backup is encrypted, and the key is missing',
      'Set JAGAD_ENCRYPTION_KEY to the key that Jagad used when it made this backup.',
    );
  }
  return [{ id: 'terminal', masterKey: await askHidden(caller, 'Encryption key: ') }];
}

async function isEncrypted(source: ObjectSource, signal: AbortSignal): Promise<boolean> {
  const { chunks } = await openDownload(source, { signal, limits: { partBytes: HEAD_BYTES, window: 1 } });
  const first = await chunks.next();
  await chunks.return(undefined);
  return !first.done && objectKind(first.value) === 'encrypted';
}

/** @throws MalformedRequest if there is none. */
export async function targetPassword(file: string | undefined, username: string, caller: Caller): Promise<string> {
  if (file !== undefined) return firstLine(file);
  const given = caller.env.JAGAD_TARGET_PASSWORD;
  if (given !== undefined) return given;
  if (canAsk(caller)) return askHidden(caller, `Password of ${username}: `);
  throw wrongUsage(
    `the password of ${username} is missing`,
    'Set JAGAD_TARGET_PASSWORD or --password-file. If the server needs no password, set it to an empty value.',
  );
}

async function firstLine(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw wrongUsage(`the password cannot be read: ${error.message}`, 'Check the path.');
  });
  return text.split(/\r?\n/, 1)[0] ?? '';
}
