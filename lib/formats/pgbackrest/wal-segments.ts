/**
 * PostgreSQL's archived WAL, as pgBackRest stores it: `<repository>/archive/<stanza>/<version>-<n>/<16 hex digits>/<24
 * hex digits>-<SHA-1>.gz`, with other extensions for other compression formats, and `<version>-<n>/<8 hex
 * digits>.history` next to these directories. A segment's 24 digits are timeline, log id and segment, eight each.
 * https://www.postgresql.org/docs/current/wal-internals.html
 */
const SEGMENT = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/;
/** Excludes `.partial`, `.backup` and `.history` files: a partial segment is complete on the next timeline. */
const KEY = /\/([0-9A-F]{24})-[0-9a-f]{40}(?:\.\w+)?$/;
/** pgBackRest only compresses segments. */
const HISTORY_KEY = /\/([0-9A-F]{8})\.history$/;
const LSN = /^([0-9A-F]+)\/([0-9A-F]+)$/i;

const MIB = 1024 ** 2;
const LOG_ID_BYTES = 4096 * MIB;
/** The values of initdb's --wal-segsize, its default first. */
const SEGMENT_BYTES = [16, 1, 2, 4, 8, 32, 64, 128, 256, 512, 1024].map((mib) => mib * MIB);

/** The segment that an archive's key contains; undefined if it contains none. */
export function segmentOf(key: string): string | undefined {
  return KEY.exec(key)?.[1];
}

/** The timeline whose history an archive's key contains; undefined for other keys. */
export function historyOf(key: string): number | undefined {
  const [, digits] = HISTORY_KEY.exec(key) ?? [];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

/** The file that says where a timeline begins. */
export function historyName(timeline: number): string {
  return `${hexDigits(timeline)}.history`;
}

/** The key in an archive's folder after which to start listing, so that the segments from this one on are listed. */
export function keyBefore(folder: string, segment: string): string {
  // each key has a checksum after the segment's name, so the key sorts after the name
  return `${folder}/${segment.slice(0, 16)}/${segment}`;
}

/**
 * The key in an archive's folder after which to start listing, so that the timelines after a segment's or a history
 * file's are listed.
 */
export function keyAfterTimeline(folder: string, key: string): string {
  // `~` sorts after everything that can follow: digits, the full stop and the slash
  return `${key.slice(0, folder.length + 1 + 8)}~`;
}

export interface Position {
  timeline: number;
  logId: number;
  segment: number;
}

export function positionOf(name: string): Position | undefined {
  const found = SEGMENT.exec(name);
  if (found === null) return undefined;
  const [timeline = 0, logId = 0, segment = 0] = found.slice(1).map((digits) => Number.parseInt(digits, 16));
  return { timeline, logId, segment };
}

/** The number of segments before this one, regardless of the timeline. */
export interface Numbering {
  segmentBytes: number;
  numberOf(at: Position): number;
  nameAt(timeline: number, number: number): string;
}

/**
 * @param name of a segment that contains the position. The segment size follows from it.
 * @param lsn the position, if known.
 */
export function numberingOf(name: string, lsn: string | null): Numbering {
  const segmentBytes = sizeOf(name, lsn);
  const perLogId = LOG_ID_BYTES / segmentBytes;
  return {
    segmentBytes,
    numberOf: ({ logId, segment }) => logId * perLogId + segment,
    nameAt: (timeline, number) => [timeline, Math.floor(number / perLogId), number % perLogId].map(hexDigits).join(''),
  };
}

/** The server's segment size: the one for which a position is in the segment that should contain it. */
function sizeOf(name: string, lsn: string | null): number {
  const [, , low = ''] = LSN.exec(lsn ?? '') ?? [];
  const holds = (bytes: number) => Math.floor(Number.parseInt(low, 16) / bytes) === positionOf(name)?.segment;
  return SEGMENT_BYTES.find(holds) ?? 16 * MIB;
}

function hexDigits(number: number): string {
  return number.toString(16).toUpperCase().padStart(8, '0');
}
