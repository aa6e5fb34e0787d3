import { archiveLine, changedOnItsWay } from '../../backups/verify/model.ts';
import type { EncryptionKey } from '../../pipeline/decryption/decrypt.ts';
import { currentVersion } from '../../pipeline/download/download.ts';
import { type VerifiedObject, type VerifyOptions, verifyBackup } from '../../pipeline/verification/verify-object.ts';
import type { ObjectSource } from '../../storage/objects/object-source.ts';
import { type Caller, say } from '../caller.ts';
import { type Command, readArguments, readSha256 } from '../command.ts';
import { encryptionDemand, OBJECT_HELP, OBJECT_OPTIONS, objectNamed } from '../input/object.ts';
import { encryptionKeys, KEY_HELP } from '../input/secrets.ts';
import { ProgressLine } from '../output/progress.ts';

const OPTIONS = { ...OBJECT_OPTIONS, sha256: { type: 'string' }, json: { type: 'boolean', default: false } } as const;

export const verifyCommand: Command = {
  summary: 'reads all of a backup and checks that it is sound',
  help: `Usage: npx jagad-restore verify OBJECT [OPTIONS]

Reads all of a backup and checks it: every frame authenticates, their counter and the end mark are right, gzip's checksum and length
match, and the dump is complete; in an archive of Mariabackup or XtraBackup, every chunk has the right checksum and every
file is complete; in a dump of MySQL or MariaDB, a restore accepts every statement. Prints the SHA-256 of the compressed,
unencrypted bytes: what Jagad calls the backup's checksum.

  --sha256 HEX   the expected checksum
  --json         print JSON

${OBJECT_HELP}

${KEY_HELP}`,
  run: verify,
};

async function verify(args: string[], caller: Caller): Promise<void> {
  const { object, values } = readArguments(args, OPTIONS);
  const sha256 = readSha256(values.sha256);
  const source = await objectNamed(object, values, caller);
  const keys = await encryptionKeys(source, caller);
  const verified = await verifyWatched(source, keys, sha256, new ProgressLine(caller.stderr), {
    mustBeEncrypted: encryptionDemand(values),
    signal: caller.signal,
  });
  if (values.json) say(caller.stdout, JSON.stringify(asJson(source, verified), null, 2));
  else for (const line of lines(source, sha256, verified)) say(caller.stdout, line);
}

/** @throws StepError for a fault in the backup. */
export async function verifyWatched(
  source: ObjectSource,
  keys: readonly EncryptionKey[],
  sha256: string | null,
  progress: ProgressLine,
  {
    onOutage,
    ...options
  }: Pick<VerifyOptions, 'contents' | 'dbType' | 'mustBeEncrypted' | 'onOutage'> & { signal: AbortSignal },
): Promise<VerifiedObject> {
  const { etag, bytes } = await currentVersion(source, options.signal);
  progress.begin('verifying', bytes);
  try {
    return await verifyBackup(source, keys, sha256, {
      ...options,
      pinnedEtag: etag,
      onProgress: progress.at,
      onOutage,
    });
  } finally {
    progress.end();
  }
}

function lines(source: ObjectSource, expected: string | null, verified: VerifiedObject): string[] {
  return [
    `DOWNLOAD: ${source.location} (${verified.objectBytes} bytes)`,
    ...(verified.encrypted ? ['DECRYPT: OK (AES-256-GCM)'] : []),
    `DECOMPRESS: ${verified.compressedBytes} -> ${verified.dumpBytes} bytes`,
    checksumLine(expected, verified.sha256),
    ...(verified.archive === undefined ? [] : [archiveLine(verified.archive)]),
    ...(verified.changedOnItsWay === undefined ? [] : [`WARNING: ${changedOnItsWay(verified.changedOnItsWay)}`]),
  ];
}

export function checksumLine(expected: string | null, sha256: string): string {
  return expected === null
    ? `CHECKSUM: none was given; the structure is sound (SHA-256 ${sha256})`
    : `CHECKSUM: OK (SHA-256 ${sha256})`;
}

function asJson(source: ObjectSource, verified: VerifiedObject): object {
  return {
    location: source.location,
    object_bytes: verified.objectBytes,
    encrypted: verified.encrypted,
    compressed_bytes: verified.compressedBytes,
    dump_bytes: verified.dumpBytes,
    sha256: verified.sha256,
    changed_on_its_way: verified.changedOnItsWay,
    archive: verified.archive && {
      backup_type: verified.archive.checkpoints.type,
      from_lsn: verified.archive.checkpoints.fromLsn,
      to_lsn: verified.archive.checkpoints.toLsn,
      server_version: verified.archive.serverVersion,
    },
  };
}
