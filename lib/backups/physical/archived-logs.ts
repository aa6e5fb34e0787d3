/** A server's archived logs in a bucket. */
import type { S3Client } from '@aws-sdk/client-s3';
import { binlogFolder, binlogNames, binlogRun } from '../../engines/physical/binary-logs.ts';
import type { ArchivedLog } from '../../engines/physical/log-run.ts';
import { type History, type WalNeed, type WalTimelines, walTimelines } from '../../engines/physical/wal-timelines.ts';
import { walTimeline } from '../../formats/pgbackrest/wal-position.ts';
import { historyOf, keyAfterTimeline, keyBefore, segmentOf } from '../../formats/pgbackrest/wal-segments.ts';
import { listObjects } from '../../storage/objects/list-objects.ts';
import type { Backup } from '../model.ts';
import type { FoundLogs } from './recovery-window.ts';

export interface Bucket {
  client: S3Client;
  name: string;
}

/** `15-1`: the server's version, and the number of the cluster within the stanza. */
const ARCHIVE_ID = /^(\d+(?:\.\d+)?-\d+)\//;
/** Sorts after every key in a folder, because it is the character after the slash. */
const END_OF_FOLDER = '0';

interface Listed {
  logs: ArchivedLog[];
  isCut: boolean;
}

/** Reads a history file. If it can't be read, the error says what is wrong with it. */
export type HistoryReader = (key: string, timeline: number, archivedAt: Date) => Promise<History>;

/**
 * The WAL from a backup's first segment on, and the timelines that can be followed along it.
 * @param deadline a time in ms, after which only the first page of each timeline is still requested.
 * @throws StorageProviderError
 */
export async function findWal(
  bucket: Bucket,
  { storage_path, stanza, completed_at }: Pick<Backup, 'storage_path' | 'stanza' | 'completed_at'>,
  need: WalNeed,
  readHistory: HistoryReader,
  deadline: number,
): Promise<WalTimelines> {
  const root = `${storage_path}/archive/${stanza}/`;
  const folders = await archivesWith(bucket, root, need.wal_start, deadline);
  // if another cluster took over a stanza, it may have two segments with the same name
  const ended = Date.parse(completed_at ?? '');
  const distance = ({ storedAt }: ArchivedLog) => Math.abs(storedAt.getTime() - ended);
  const [archive] = folders.sort((a, b) => distance(a.first) - distance(b.first));
  if (archive === undefined) return walTimelines(need, { logs: [], histories: new Map(), cut: new Set() });
  const { logs, cut } = await listWal(bucket, archive.folder, need.wal_start, deadline);
  const own = walTimeline(need.wal_stop);
  const read = logs.map(async ({ key, storedAt }): Promise<[number, History][]> => {
    const timeline = historyOf(key);
    // the backup's own history: these timelines ended before it, so they can't continue it
    return timeline === undefined || timeline <= own ? [] : [[timeline, await readHistory(key, timeline, storedAt)]];
  });
  const histories = new Map((await Promise.all(read)).flat());
  return walTimelines(need, { logs, histories, cut });
}

/**
 * If a timeline has more logs than there is time to list, the next timeline is still checked, because it must be known
 * which ones exist.
 */
async function listWal(bucket: Bucket, folder: string, from: string, deadline: number) {
  const logs: ArchivedLog[] = [];
  const cut = new Set<number>();
  for (let after = keyBefore(folder, from); ; ) {
    const page = await listObjects(bucket.client, bucket.name, `${folder}/`, after);
    for (const object of page.objects) logs.push(object);
    const last = page.objects.at(-1)?.key;
    if (page.isLast || last === undefined) return { logs, cut };
    if (Date.now() > deadline) cut.add(walTimeline(last.slice(folder.length + 1)));
    after = Date.now() > deadline ? keyAfterTimeline(folder, last) : last;
  }
}

/** The archives of a stanza (one for each of its clusters) that contain a segment, as far as time allows. */
async function archivesWith(bucket: Bucket, root: string, segment: string, deadline: number) {
  const found: { folder: string; first: ArchivedLog }[] = [];
  for (let after: string | null = null; ; ) {
    const { objects } = await listObjects(bucket.client, bucket.name, root, after);
    const [, archiveId] = ARCHIVE_ID.exec(objects[0]?.key.slice(root.length) ?? '') ?? [];
    // archive.info sorts after the folders
    if (archiveId === undefined) return found;
    const folder = `${root}${archiveId}`;
    const page = await listObjects(bucket.client, bucket.name, `${folder}/`, keyBefore(folder, segment));
    const [first] = page.objects;
    if (first !== undefined && segmentOf(first.key) === segment) found.push({ folder, first });
    if (Date.now() > deadline) return found;
    after = folder + END_OF_FOLDER;
  }
}

/**
 * The binary logs that were archived after a backup.
 * @param deadline a time in ms, after which no further page is requested.
 * @throws StorageProviderError
 */
export async function findBinaryLogs(
  bucket: Bucket,
  binlogPrefix: string,
  completedAt: Date,
  deadline: number,
): Promise<FoundLogs> {
  const folder = binlogFolder(binlogPrefix);
  const { logs, isCut } = await list(bucket, folder, null, deadline);
  return { ...binlogRun(folder, logs, completedAt), isCut };
}

/**
 * The names of all archived binary logs, in order.
 * @throws StorageProviderError
 */
export async function listBinaryLogs(bucket: Bucket, binlogPrefix: string): Promise<string[]> {
  const folder = binlogFolder(binlogPrefix);
  const { logs } = await list(bucket, folder, null, Number.POSITIVE_INFINITY);
  return binlogNames(folder, logs);
}

async function list(bucket: Bucket, prefix: string, from: string | null, deadline: number): Promise<Listed> {
  const logs: ArchivedLog[] = [];
  for (let after = from; ; after = logs.at(-1)?.key ?? after) {
    const page = await listObjects(bucket.client, bucket.name, prefix, after);
    logs.push(...page.objects);
    if (page.isLast) return { logs, isCut: false };
    if (Date.now() > deadline) return { logs, isCut: true };
  }
}
