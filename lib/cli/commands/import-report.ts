/** What an import from Jagad read and did, in a form for people. Pure. */
import type { CutPart } from '../../backups/jagad/import-parts.ts';
import type { JagadLists } from '../../backups/jagad/records.ts';
import type { ImportPartAnswer } from '../service-client.ts';

type Said = ImportPartAnswer['skipped'];

/** The responses to all parts, combined. */
export interface ImportSum {
  storage_providers: { created: number; known: number };
  connections: { created: number; known: number };
  backups: { created: number; filled: number; corrected: number; known: number };
  /** Records that were skipped, and why. Each reason is listed once per record. */
  skipped: Said;
  warnings: Said;
  verification_jobs: string[];
}

/**
 * Adds up the responses to a part that was sent again until nothing was left. What one response counts in `created`,
 * the next one counts in `known`.
 */
export function sumOfPart(answers: readonly ImportPartAnswer[]): Omit<ImportSum, 'verification_jobs'> {
  const total = (count: (answer: ImportPartAnswer) => number) => answers.reduce((sum, one) => sum + count(one), 0);
  const once = (list: 'storage_providers' | 'connections') => {
    const created = total((one) => one[list].created);
    const all = Math.max(0, ...answers.map((one) => one[list].created + one[list].known));
    return { created, known: all - created };
  };
  const changed = {
    created: total(({ backups }) => backups.created),
    filled: total(({ backups }) => backups.filled),
    corrected: total(({ backups }) => backups.corrected),
  };
  const all = Math.max(
    0,
    ...answers.map(({ backups: { created, filled, corrected, known } }) => created + filled + corrected + known),
  );
  return {
    storage_providers: once('storage_providers'),
    connections: once('connections'),
    backups: { ...changed, known: all - changed.created - changed.filled - changed.corrected },
    skipped: unique(answers.flatMap(({ skipped }) => skipped)),
    warnings: unique(answers.flatMap(({ warnings }) => warnings)),
  };
}

/** @param parts with the responses to each, in the order in which they were sent. */
export function sumOfParts(parts: readonly { part: CutPart; answers: readonly ImportPartAnswer[] }[]): ImportSum {
  const sum: ImportSum = {
    storage_providers: { created: 0, known: 0 },
    connections: { created: 0, known: 0 },
    backups: { created: 0, filled: 0, corrected: 0, known: 0 },
    skipped: [],
    warnings: [],
    verification_jobs: [],
  };
  for (const [index, { part, answers }] of parts.entries()) {
    const one = sumOfPart(answers);
    // every part contains all providers, and a part that is sent again contains connections that were already counted
    if (index === 0) sum.storage_providers = one.storage_providers;
    if (!part.isRepeat) {
      sum.connections.created += one.connections.created;
      sum.connections.known += one.connections.known;
    }
    for (const outcome of ['created', 'filled', 'corrected', 'known'] as const) {
      sum.backups[outcome] += one.backups[outcome];
    }
    sum.skipped.push(...one.skipped);
    sum.warnings.push(...one.warnings);
    sum.verification_jobs.push(...answers.flatMap(({ verification_job }) => verification_job ?? []));
  }
  return {
    ...sum,
    skipped: unique(sum.skipped),
    warnings: unique(sum.warnings),
    verification_jobs: [...new Set(sum.verification_jobs)],
  };
}

/** Only what was read, for `--dry-run`. */
export function listLines(lists: JagadLists): string[] {
  const { connections, storage_providers, backups } = lists;
  const ofConnection = Map.groupBy(backups, ({ connection_id }) => connection_id.toLowerCase());
  const ofProvider = Map.groupBy(backups, ({ storage_provider_id }) => storage_provider_id?.toLowerCase() ?? '');
  const known = new Set(connections.map(({ id }) => id.toLowerCase()));
  const strangers = backups.filter(({ connection_id }) => !known.has(connection_id.toLowerCase()));
  return [
    ...connections.map(
      ({ id, name, db_type, host, port, databases }) =>
        `connection ${name} (${id}): ${db_type} at ${host}:${port}, ${counted(databases.length, 'database')}, ${backupCounts(ofConnection.get(id.toLowerCase()))}`,
    ),
    ...storage_providers.map(
      ({ id, name, bucket, endpoint }) =>
        `storage provider ${name} (${id}): bucket ${bucket} at ${endpoint || 'AWS'}, ${counted(ofProvider.get(id.toLowerCase())?.length ?? 0, 'backup')}`,
    ),
    ...(strangers.length > 0 ? [`without a readable connection: ${backupCounts(strangers)}`] : []),
  ].map(printable);
}

/** What could not be read, or changed during the import. */
export function readingLines({ unreadable, warnings }: JagadLists): string[] {
  return [
    ...unreadable.map(({ kind, id, reason }) => `not readable: ${wordsOf(kind)} ${id ?? 'without an id'}: ${reason}`),
    ...warnings.map((warning) => `warning: ${warning}`),
  ].map(printable);
}

/** What was done, and what to do next. */
export function importLines(lists: JagadLists, sum: ImportSum, serviceUrl: string): string[] {
  const { connections, storage_providers, backups, skipped, warnings, verification_jobs } = sum;
  const name = namesOf(lists);
  return [
    `storage providers: ${storage_providers.created} created, ${storage_providers.known} known`,
    `connections: ${connections.created} created, ${connections.known} known`,
    `backups: ${backups.created} created, ${backups.filled} filled in, ${backups.corrected} corrected, ${backups.known} known`,
    ...skipped.map(({ id, reason }) => `skipped: ${name(id)}: ${reason}`),
    ...warnings.map(({ id, reason }) => `warning: ${name(id)}: ${reason}`),
    ...nextSteps(sum, serviceUrl),
    ...verification_jobs.map((job) => `verifying new backups: ${serviceUrl}/api/jobs/${job}`),
  ].map(printable);
}

function nextSteps({ storage_providers, connections }: ImportSum, serviceUrl: string): string[] {
  const steps: string[] = [];
  if (storage_providers.created > 0) {
    steps.push(
      `next: set the secret key of ${theNew(storage_providers.created, 'storage provider')}, which Jagad does not reveal: on the pages of ${serviceUrl}, or with PUT /api/storage-providers/<id> {"access_key": "…", "secret_key": "…"}. Backups cannot be read before that`,
    );
  }
  if (connections.created > 0) {
    steps.push(
      `next: set the password of ${theNew(connections.created, 'connection')}, which Jagad does not reveal: on the pages of ${serviceUrl}, or with PUT /api/connections/<id> {"password": "…"}. Backups cannot be restored there before that`,
    );
  }
  return steps;
}

function theNew(count: number, thing: string): string {
  return count === 1 ? `the new ${thing}` : `each of the ${count} new ${thing}s`;
}

/** The kind and name of a record by its id, if Jagad listed it. */
function namesOf({ connections, storage_providers, backups }: JagadLists): (id: string) => string {
  const names = new Map<string, string>();
  for (const { id, storage_path } of backups) {
    names.set(id.toLowerCase(), `backup ${id}${storage_path === '' ? '' : ` (${storage_path})`}`);
  }
  for (const { id, name, bucket } of storage_providers) {
    names.set(id.toLowerCase(), `storage provider ${name} (bucket ${bucket}, ${id})`);
  }
  for (const { id, name } of connections) names.set(id.toLowerCase(), `connection ${name} (${id})`);
  return (id) => names.get(id.toLowerCase()) ?? id;
}

/** `12 backups (10 success, 2 failed)` */
function backupCounts(backups: JagadLists['backups'] = []): string {
  const statuses = [...Map.groupBy(backups, ({ status }) => status)].map(([status, of]) => `${of.length} ${status}`);
  return `${counted(backups.length, 'backup')}${statuses.length === 0 ? '' : ` (${statuses.join(', ')})`}`;
}

export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

function wordsOf(kind: JagadLists['unreadable'][number]['kind']): string {
  return kind === 'storage_provider' ? 'storage provider' : kind;
}

function unique(said: Said): Said {
  return [...new Map(said.map((one) => [`${one.id} ${one.reason}`, one])).values()];
}

/** Names come from another system, so control characters are shown as question marks. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
