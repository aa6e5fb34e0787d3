/** Unpacks the archives of a chain onto the disk, each into its own directory, and then combines them. */
import { mkdir, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backup } from '../../../../lib/backups/model.ts';
import { checkLink } from '../../../../lib/engines/physical/innodb-chain.ts';
import { prepareArgs, unpackArgs } from '../../../../lib/engines/physical/innodb-tools.ts';
import { ChecksumMismatch, RestoreError } from '../../../../lib/errors/errors.ts';
import type { ArchiveFacts } from '../../../../lib/formats/innodb/files.ts';
import type { EncryptionKey } from '../../../../lib/pipeline/decryption/decrypt.ts';
import { currentVersion } from '../../../../lib/pipeline/download/download.ts';
import { openBackup } from '../../../../lib/pipeline/opening/open-backup.ts';
import { ArchiveCheck } from '../../../../lib/pipeline/verification/archive-check.ts';
import type { ObjectSource } from '../../../../lib/storage/objects/object-source.ts';
import type { Staging } from '../staged-server.ts';
import { runTool } from '../tool-output.ts';
import { checkSeries, type InnodbPrograms } from './innodb-copy-programs.ts';

/** One archive of a chain. */
export interface ChainObject {
  backup: Backup;
  source: ObjectSource;
  /** The keys to try, most likely first. */
  keys: readonly EncryptionKey[];
  /** Hex SHA-256 of the compressed bytes if the record has it. */
  checksum: string | null;
  /** The reason why it has to be encrypted, in words; undefined if it need not be. */
  mustBeEncrypted?: string | undefined;
}

/** An archive on the disk. */
export interface UnpackedLink extends ArchiveFacts {
  directory: string;
  objectBytes: number;
}

/**
 * Checks each archive while it is read, as a verification does; then compares its checksum, and checks that it
 * continues the previous one and that the server here can run it.
 * @throws RestoreError, ChecksumMismatch, or the error of the download.
 */
export async function unpackChain(
  staging: Staging,
  chain: readonly ChainObject[],
  programs: InnodbPrograms,
): Promise<UnpackedLink[]> {
  const { directory, telling, signal } = staging;
  const sizes = await Promise.all(
    chain.map(async ({ backup, source }) => backup.object_bytes ?? (await currentVersion(source, signal)).bytes),
  );
  telling.stage('spooling', sum(sizes));
  const links: UnpackedLink[] = [];
  for (const [index, object] of chain.entries()) {
    const into = join(directory, index === 0 ? 'base' : `incremental-${index}`);
    await mkdir(into, { mode: 0o700 });
    const before = sum(links.map(({ objectBytes }) => objectBytes));
    const unpacked = await unpack(object, into, programs, staging, (bytes) => telling.progress(before + bytes));
    const link = { directory: into, ...unpacked };
    checkLink(object.backup, link.checkpoints, links.at(-1)?.checkpoints);
    await checkSeries(programs, link.serverVersion);
    links.push(link);
  }
  return links;
}

async function unpack(
  { backup, source, keys, checksum, mustBeEncrypted }: ChainObject,
  into: string,
  { call }: InnodbPrograms,
  { telling, signal }: Staging,
  onProgress: (bytes: number) => void,
): Promise<Omit<UnpackedLink, 'directory'>> {
  const opened = await openBackup(source, keys, { mustBeEncrypted, signal, onProgress });
  telling.log(`DOWNLOAD: ${backup.storage_path} (${opened.objectBytes} bytes)`);
  const check = new ArchiveCheck();
  const checked = checkedBy(check, opened.dump);
  let failure: RestoreError | undefined;
  try {
    const unpacking = runTool(await call('unpack', unpackArgs(into)), signal, leftOpen(checked));
    failure = await unpacking.then(() => undefined, onlyTools);
    // a fault in the object says more than the tool that failed because of it
    if (failure !== undefined) for await (const _ of checked);
  } finally {
    await opened.dump.return(undefined);
  }
  const facts = check.end();
  const { sha256, compressedBytes, dumpBytes } = opened.passed();
  if (checksum !== null && sha256 !== checksum) {
    throw new ChecksumMismatch(`${backup.storage_path} has SHA-256 ${sha256}, but ${checksum} was stored`, {
      hint: 'Restore another backup: the object is not the one that was backed up.',
    });
  }
  if (failure !== undefined) throw failure;
  const unpacked = await filesBelow(into);
  if (unpacked !== check.files) {
    // mbstream exits with 0 even if it could not create a file, and leaves that file out
    throw new RestoreError(`only ${unpacked} of the ${check.files} files of ${backup.storage_path} were unpacked`, {
      hint: 'Restore another backup, or unpack this one by hand to see what the tool says.',
    });
  }
  if (opened.encrypted) telling.log('DECRYPT: OK (AES-256-GCM)');
  telling.log(`DECOMPRESS: ${compressedBytes} -> ${dumpBytes} bytes`);
  return { objectBytes: opened.objectBytes, ...facts };
}

/** How many files a directory has, at any depth. */
async function filesBelow(directory: string): Promise<number> {
  let files = 0;
  for await (const entry of await opendir(directory, { recursive: true })) {
    if (!entry.isDirectory()) files++;
  }
  return files;
}

/** The same chunks, each checked before a tool gets it: some tools write to any path that an archive names. */
async function* checkedBy(check: ArchiveCheck, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    check.push(chunk);
    yield chunk;
  }
}

function onlyTools(error: unknown): RestoreError {
  if (error instanceof RestoreError) return error;
  throw error;
}

/** The same chunks. If the reader ends early, the rest can still be read. */
async function* leftOpen(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}

/**
 * Applies each link of the chain to the first one, then removes it.
 * @returns the directory of the result.
 */
export async function prepareChain(
  { telling, signal }: Staging,
  links: readonly UnpackedLink[],
  { tools, call }: InnodbPrograms,
  memoryBytes: number,
): Promise<string> {
  telling.stage('preparing', sum(links.map(({ objectBytes }) => objectBytes)));
  const base = (links[0] as UnpackedLink).directory;
  let done = 0;
  for (const link of links) {
    const incremental = link.directory === base ? undefined : link.directory;
    const step = { base, incremental, last: link === links.at(-1), memoryBytes };
    await runTool(await call('prepare', prepareArgs(tools, step)), signal);
    if (incremental !== undefined) await rm(incremental, { recursive: true });
    done += link.objectBytes;
    telling.progress(done);
  }
  return base;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
