import type { Connection } from '../../connections/model.ts';
import type { Secrets } from '../../connections/secrets.ts';
import { orNotFound } from '../../errors/not-found.ts';
import { openProvider } from '../backup-object.ts';
import { connectionOfKey } from '../catalogue/connection-of-key.ts';
import type { BackupTables } from '../tables.ts';
import type { Job } from './job.ts';
import type { PartInput, PartOutput, ScanPart } from './job-states.ts';
import { endJob, newJob } from './jobs.ts';
import { NOTHING_COUNTED } from './register-scanned.ts';
import { scanPage } from './scan-page.ts';

/**
 * The number of pages per part, each with up to a thousand objects. A part is short enough to be repeated. A million
 * objects are 250 parts, which take 1,800 of the 25,000 events that an execution may have.
 */
const PAGES_A_PART = 4;
/** No page is begun after this time: the tables may be slow, and a Lambda's time is limited. */
const PART_MS = 120_000;

/** Starts the verification of new backups, and returns its job. */
export type VerifyNew = (providerId: string) => Promise<string | null>;

/**
 * One part of a scan: lists some pages, registers new backups, and passes on the last key.
 * @throws NotFound, StorageProviderError, and the store's errors.
 */
export async function scanPart(
  records: BackupTables,
  secrets: Secrets,
  { job_id, part }: PartInput<ScanPart>,
  verifyNew: VerifyNew,
): Promise<PartOutput<ScanPart>> {
  const began = Date.now();
  const { subject_id } = part;
  await records.jobs.insert(newJob(job_id, 'scan', subject_id, new Date()));
  const provider = orNotFound(await records.storageProviders.get(subject_id), 'storage provider');
  const findConnection = connectionOfKey(await allConnections(records));
  const client = await openProvider(secrets, provider, { maxAttempts: 5 });

  let tally = { counts: part.counts ?? NOTHING_COUNTED, skipped: part.skipped ?? [] };
  let isNew = false;
  let after = part.after ?? null;
  let more = true;
  for (let pages = 0; more && pages < PAGES_A_PART && Date.now() - began < PART_MS; pages++) {
    const page = await scanPage(records, client, provider, findConnection, after, tally);
    ({ tally, after, more } = page);
    isNew ||= page.awaitVerification;
    // false: something else has ended the job
    if (!(await records.jobs.update(job_id, tally, { status: 'running' }))) more = false;
  }
  const follow_up = isNew ? await verifyNew(subject_id) : null;
  const told: Partial<Job> = follow_up === null ? {} : { follow_up };
  if (!more) await endJob(records, job_id, { status: 'success', ...tally, ...told }, new Date());
  else if (follow_up !== null) await records.jobs.update(job_id, told);
  return { subject_id, after, ...tally, more };
}

async function allConnections(records: BackupTables): Promise<Connection[]> {
  const connections: Connection[] = [];
  for await (const connection of records.connections.all()) connections.push(connection);
  return connections;
}
