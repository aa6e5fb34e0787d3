/** Streams in the format of Mariabackup and XtraBackup, built from parts that a test may damage. */
import { crc32 } from 'node:zlib';

const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

function head(type: string, path: string, flags = 0): Buffer {
  const name = Buffer.from(path, 'latin1');
  return Buffer.concat([Buffer.from('XBSTCK01'), Buffer.from([flags]), Buffer.from(type), u32(name.length), name]);
}

/** A piece of a file. */
export function piece(path: string, offset: number, payload: string | Buffer, crc?: number): Buffer {
  const bytes = Buffer.from(payload as string);
  return Buffer.concat([head('P', path), u64(bytes.length), u64(offset), u32(crc ?? crc32(bytes)), bytes]);
}

/** The same with holes before its parts: pairs of bytes to skip and bytes of payload behind them. */
export function sparsePiece(path: string, offset: number, holes: [number, number][], payload: string): Buffer {
  const map = Buffer.concat(holes.flatMap(([skip, length]) => [u32(skip), u32(length)]));
  const bytes = Buffer.from(payload);
  const sums = [u64(bytes.length), u64(offset), u32(crc32(bytes, crc32(map)))];
  return Buffer.concat([head('S', path), u32(holes.length), ...sums, map, bytes]);
}

/** MariaDB's: the file continues there. */
export function seek(path: string, offset: number): Buffer {
  return Buffer.concat([head('S', path), u64(offset)]);
}

/** MariaDB's: of a file that has ended. */
export function rename(path: string, to: string): Buffer {
  return Buffer.concat([head('R', path), u32(to.length), Buffer.from(to, 'latin1')]);
}

/** MariaDB's: of a file that has ended. */
export function remove(path: string): Buffer {
  return head('D', path);
}

/** MariaDB's: a file that replaces the one with its name. */
export function rewritten(path: string, text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([head('P', path, 2), u64(bytes.length), u64(0), u32(crc32(bytes)), bytes, endOf(path)]);
}

export function endOf(path: string): Buffer {
  return head('E', path);
}

/** A file in one piece. */
export function file(path: string, text: string): Buffer {
  return Buffer.concat([...(text === '' ? [] : [piece(path, 0, text)]), endOf(path)]);
}

export const CHECKPOINTS =
  'backup_type = full-backuped\nfrom_lsn = 0\nto_lsn = 44878\nlast_lsn = 339062\nrecover_binlog_info = 0\n';
export const INFO = 'tool_name = mariabackup\nserver_version = 10.11.19-MariaDB-log\npartial = N\ncompressed = N\n';

/** What a backup tool writes last. */
export function endOfArchive(checkpoints = CHECKPOINTS, info = INFO): Buffer {
  return Buffer.concat([file('xtrabackup_checkpoints', checkpoints), file('xtrabackup_info', info)]);
}
