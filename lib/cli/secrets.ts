/** Keys and passwords: never from the arguments, which every process on the machine may read. */
import { readFile } from 'node:fs/promises';
import { objectKind } from '../domain/jagad-frames.ts';
import type { EncryptionKey } from '../pipeline/decrypt.ts';
import { openDownload } from '../pipeline/download.ts';
import type { ObjectSource } from '../pipeline/object-source.ts';
import { askHidden, canAsk } from './ask.ts';
import type { Caller } from './caller.ts';
import { wrongUsage } from './command.ts';

export const KEY_HELP = `Key of an encrypted backup: JAGAD_ENCRYPTION_KEY, as in Jagad's own settings; else it is asked for on the terminal.`;

export const PASSWORD_HELP = `Password of the target: JAGAD_TARGET_PASSWORD (set and empty: none), or
  --password-file PATH   the first line of a file
else it is asked for on the terminal.`;

/** Enough to tell what an object is. */
const HEAD_BYTES = 1024;

/** @throws MalformedRequest where a key is needed, and none is given; DownloadError */
export async function encryptionKeys(source: ObjectSource, caller: Caller): Promise<EncryptionKey[]> {
  const given = caller.env.JAGAD_ENCRYPTION_KEY;
  if (given !== undefined && given !== '') return [{ id: 'JAGAD_ENCRYPTION_KEY', masterKey: given }];
  if (!(await isEncrypted(source, caller.signal))) return [];
  if (!canAsk(caller)) {
    throw wrongUsage(
      'the backup is encrypted, and there is no key to open it with',
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

/** @throws MalformedRequest where there is none. */
export async function targetPassword(file: string | undefined, username: string, caller: Caller): Promise<string> {
  if (file !== undefined) return firstLine(file);
  const given = caller.env.JAGAD_TARGET_PASSWORD;
  if (given !== undefined) return given;
  if (canAsk(caller)) return askHidden(caller, `Password of ${username}: `);
  throw wrongUsage(
    `there is no password of ${username}`,
    'Set JAGAD_TARGET_PASSWORD or --password-file; where the server asks for none, set it empty.',
  );
}

async function firstLine(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw wrongUsage(`the password cannot be read: ${error.message}`, 'Check the path.');
  });
  return text.split(/\r?\n/, 1)[0] ?? '';
}
