import type { z } from 'zod';
import type { Records } from '../aws/services.ts';
import { repositoryAt } from '../domain/catalogue/backup-key.ts';
import { type Correction, filling } from '../domain/catalogue/filling.ts';
import { type ImportedBackup, importedBackup } from '../domain/catalogue/imported-backup.ts';
import { connectionNews, importedConnection } from '../domain/catalogue/imported-connection.ts';
import {
  importedProvider,
  type ProviderFinder,
  providerFinder,
  sameBucket,
} from '../domain/catalogue/imported-provider.ts';
import { awaitsVerification } from '../domain/catalogue/new-backup.ts';
import { backupsOfInfo } from '../domain/catalogue/pgbackrest-info.ts';
import { idsOfSets, isMadeDuring, pgbackrestRecords } from '../domain/catalogue/pgbackrest-records.ts';
import { NotFound } from '../domain/errors.ts';
import { issuesOf } from '../domain/issues.ts';
import {
  type JagadBackup,
  type JagadConnection,
  jagadBackup,
  jagadConnection,
  jagadStorageProvider,
} from '../domain/jagad/records.ts';
import { isBeforeChange } from '../domain/own-server.ts';
import type { Backup, Connection, StorageProvider } from '../domain/records.ts';
import type { ImportAnswer, importBody } from '../domain/requests/backups.ts';
import { pgbackrestBackupId } from './backup-id.ts';
import { concurrently, WRITES_AT_ONCE } from './concurrently.ts';
import { recordsOfRepository } from './records-of-repository.ts';

export type ImportRequest = z.output<typeof importBody>;

export interface Imported extends Omit<ImportAnswer, 'verification_job'> {
  /** The storage providers in which there are backups to verify among what is new. */
  toVerify: string[];
}

/** A call answers within 20 s. */
const IMPORT_MS = 14_000;
/** A backup that runs for so long was killed, more often than not. */
const LONG_RUNNING_MS = 24 * 60 * 60_000;

/**
 * Takes over Jagad's own lists. What is there gets what it lacks, and what a scan guessed is corrected: so it may be
 * repeated, and goes on where an import before ran out of time.
 * @param deadline a time in ms: what is not begun by then is left.
 * @throws NotFound for a storage provider of ours that the request names and that is not there.
 */
export async function importJagad(
  records: Records,
  request: ImportRequest,
  now: Date,
  deadline = now.getTime() + IMPORT_MS,
): Promise<Imported> {
  const importing = new Import(records, request, now);
  await refuseUnknownProviders(records, request);
  await importing.providers(request);
  await importing.connections(request);
  const found = await importing.read(request);
  await importing.write(found, deadline);
  if (request.listed_ids && importing.answer.backups.left === 0) await importing.dropped(request.listed_ids);
  return { ...importing.answer, toVerify: [...importing.toVerify] };
}

async function refuseUnknownProviders(
  records: Pick<Records, 'storageProviders'>,
  { storage_provider_id, providers }: ImportRequest,
): Promise<void> {
  const named = [...(storage_provider_id ? [storage_provider_id] : []), ...Object.values(providers)];
  for (const id of new Set(named)) {
    if ((await records.storageProviders.get(id)) === undefined) {
      throw new NotFound('storage provider not found', { hint: `There is none with the id ${id} here.` });
    }
  }
}

/** One import: what it has found so far, and its answer as it comes about. */
class Import {
  readonly answer: Omit<ImportAnswer, 'verification_job'> = {
    storage_providers: { created: 0, known: 0 },
    connections: { created: 0, known: 0 },
    backups: { created: 0, corrected: 0, filled: 0, known: 0, left: 0 },
    skipped: [],
    warnings: [],
  };
  readonly toVerify = new Set<string>();
  readonly #records: Records;
  readonly #now: Date;
  readonly #connectionEntries: JagadConnection[];
  readonly #backupEntries: JagadBackup[];
  #findProvider: ProviderFinder = () => ({ id: null });
  #providerNames = new Map<string, string>();
  #connections = new Map<string, Connection>();
  #databaseNames = new Map<string, string>();

  constructor(records: Records, { connections, backups }: ImportRequest, now: Date) {
    this.#records = records;
    this.#now = now;
    this.#connectionEntries = this.#readable(jagadConnection, connections);
    this.#backupEntries = this.#readable(jagadBackup, backups);
  }

  async providers(request: ImportRequest): Promise<void> {
    const ours: StorageProvider[] = [];
    for await (const provider of this.#records.storageProviders.all()) ours.push(provider);
    const named = new Map(Object.entries(request.providers).map(([jagad, id]) => [jagad.toLowerCase(), id]));
    const counts = this.answer.storage_providers;
    const isHere = (id: string) => named.has(id) || ours.some((one) => one.id === id || one.jagad_ids.includes(id));
    const hasDefault = ours.some(({ is_default }) => is_default);
    for (const entry of this.#readable(jagadStorageProvider, request.storage_providers)) {
      const provider = { ...importedProvider(entry, this.#now), is_default: !hasDefault && entry.is_default === true };
      const same = sameBucket(provider, ours);
      if (isHere(provider.id)) counts.known++;
      else if (same !== undefined) {
        named.set(provider.id, same.id);
        counts.known++;
      } else if (await this.#records.storageProviders.insert(provider)) {
        ours.push(provider);
        counts.created++;
        if (provider.access_key !== null) this.#warn(provider.id, "Jagad doesn't tell its secret key: set it here.");
      }
    }
    const ids = this.#backupEntries.map(({ storage_provider_id }) => storage_provider_id?.toLowerCase() ?? '');
    const used = new Set(ids.filter((id) => id !== ''));
    const fallback = request.storage_provider_id ?? null;
    const { find, learned } = providerFinder(ours, { fallback, named, used });
    for (const [jagadId, id] of learned) {
      const provider = ours.find((one) => one.id === id);
      if (provider === undefined || provider.jagad_ids.includes(jagadId)) continue;
      provider.jagad_ids = [...provider.jagad_ids, jagadId];
      await this.#records.storageProviders.update(id, { jagad_ids: provider.jagad_ids });
    }
    this.#findProvider = find;
    this.#providerNames = new Map(ours.map(({ id, name }) => [id, name]));
  }

  async connections({ pgbackrest_info }: Pick<ImportRequest, 'pgbackrest_info'>): Promise<void> {
    const counts = this.answer.connections;
    const entries = new Map(this.#connectionEntries.map((entry) => [entry.id.toLowerCase(), entry]));
    const before = await this.#records.connections.getMany(entries.keys());
    await concurrently([...entries], WRITES_AT_ONCE, async ([id, entry]) => {
      const imported = importedConnection(entry, this.#now);
      if (!before.has(id) && (await this.#records.connections.insert(imported))) {
        counts.created++;
        if (imported.jagad_changed_at !== null) this.#warn(id, changedWarning(imported));
        return;
      }
      counts.known++;
      const known = before.get(id) ?? (await this.#records.connections.get(id));
      if (known === undefined) return;
      const { fields, warnings } = connectionNews(known, entry, this.#now);
      if (Object.keys(fields).length > 0) await this.#records.connections.update(id, fields);
      for (const warning of warnings) this.#warn(id, warning);
      if (fields.jagad_changed_at) this.#warn(id, changedWarning({ ...known, ...fields }));
    });
    const databases = [...entries.values()].flatMap((entry) => entry.databases ?? []);
    this.#databaseNames = new Map(databases.map(({ id, db_name }) => [id.toLowerCase(), db_name]));
    const named = [...this.#backupEntries, ...pgbackrest_info].map((one) => one.connection_id.toLowerCase());
    this.#connections = await this.#records.connections.getMany([...named, ...entries.keys()]);
  }

  /** The backups of the request as records of ours, by id. */
  async read(request: ImportRequest): Promise<ImportedBackup[]> {
    const found = new Map<string, ImportedBackup>();
    for (const entry of this.#backupEntries) {
      const connection = this.#connections.get(entry.connection_id.toLowerCase());
      const provider = this.#findProvider(entry.storage_provider_id?.toLowerCase() || null);
      const read =
        'problem' in provider && entry.status === 'success'
          ? { skipped: provider.problem }
          : importedBackup(
              entry,
              connection,
              this.#databaseNames,
              'problem' in provider ? null : provider.id,
              this.#now,
            );
      if ('skipped' in read) this.#skip(entry.id, read.skipped);
      else if (found.has(read.backup.id)) this.#skip(entry.id, 'it is listed twice');
      else {
        const one = await this.#asSet(read);
        found.set(one.backup.id, one);
        this.#remark(one.backup);
      }
    }
    for (const list of request.pgbackrest_info) await this.#info(list, request.storage_provider_id ?? null, found);
    return [...found.values()];
  }

  /** A backup of pgBackRest of which Jagad tells no label, as the set that is there already and was made at that time. */
  async #asSet(read: ImportedBackup): Promise<ImportedBackup> {
    const { backup } = read;
    if (backup.engine !== 'pgbackrest' || backup.label !== null || backup.status !== 'success') return read;
    const there = await this.#repository(backup.storage_path, backup.stanza ?? '');
    if (there.some(({ id }) => id === backup.id)) return read;
    const [set, ...others] = there.filter(
      ({ label, started_at, completed_at }) =>
        label !== null &&
        started_at !== null &&
        completed_at !== null &&
        isMadeDuring(backup, new Date(started_at), new Date(completed_at)),
    );
    if (set === undefined || others.length > 0) {
      this.#warn(backup.id, 'a scan of the storage provider finds out which of the sets in the repository it is');
      return read;
    }
    this.#warn(backup.id, `it is the set ${set.label} in the repository, which is backup ${set.id} here`);
    return { backup: { ...backup, id: set.id, label: set.label }, told: read.told };
  }

  #repositories = new Map<string, Promise<Backup[]>>();
  #repository(path: string, stanza: string): Promise<Backup[]> {
    const known = this.#repositories.get(path) ?? recordsOfRepository(this.#records, { path, stanza });
    this.#repositories.set(path, known);
    return known;
  }

  /** Says what is to be minded about a backup, whether it is new or not. */
  #remark(backup: Backup): void {
    const connection = this.#connections.get(backup.connection_id);
    if (connection && isBeforeChange(backup, connection)) {
      this.#warn(
        backup.id,
        `it was made before Jagad changed its connection ${connection.name} at ${connection.jagad_changed_at}, and may be of another server: a restore must name its target_connection`,
      );
    }
    const age = this.#now.getTime() - Date.parse(backup.created_at);
    if (backup.status === 'running' && age > LONG_RUNNING_MS) {
      const days = Math.floor(age / LONG_RUNNING_MS);
      this.#warn(
        backup.id,
        `Jagad has it as running for ${days} day${days === 1 ? '' : 's'}: it was probably stopped meanwhile`,
      );
    }
  }

  /** Adds what pgBackRest tells of the backups in a repository. */
  async #info(
    { connection_id, storage_path, info }: ImportRequest['pgbackrest_info'][number],
    providerId: string | null,
    found: Map<string, ImportedBackup>,
  ): Promise<void> {
    const connection = this.#connections.get(connection_id.toLowerCase());
    if (connection === undefined) {
      this.#skip(connection_id, `the connection of ${storage_path} is not known: import the connections too`);
      return;
    }
    if (connection.db_type !== 'postgresql') {
      this.#skip(connection_id, `the connection of ${storage_path} is of type ${connection.db_type}`);
      return;
    }
    const path = repositoryAt(storage_path)?.path ?? storage_path.replace(/\/+$/, '');
    for (const stanza of [info].flat()) {
      const repository = { connection, connectionSource: 'you' as const, providerId, path, stanza: stanza.name };
      const known = [...(await this.#repository(path, stanza.name)), ...[...found.values()].map((one) => one.backup)];
      const ofStanza = known.filter((one) => one.connection_id === connection.id && one.stanza === stanza.name);
      const sets = backupsOfInfo(stanza);
      const newId = (label: string) => pgbackrestBackupId(connection.id, stanza.name, label);
      for (const backup of pgbackrestRecords(repository, sets, idsOfSets(ofStanza, sets, newId))) {
        const jagads = found.get(backup.id);
        const merged = jagads === undefined ? backup : { ...jagads.backup, ...filling(jagads.backup, backup).fields };
        found.set(backup.id, { backup: merged, told: jagads?.told ?? [] });
      }
    }
  }

  async write(found: readonly ImportedBackup[], deadline: number): Promise<void> {
    const counts = this.answer.backups;
    const known = await this.#records.backups.getMany(found.map(({ backup }) => backup.id));
    await concurrently(found, WRITES_AT_ONCE, async (one) => {
      if (Date.now() > deadline) counts.left++;
      else await this.#write(one, known.get(one.backup.id));
    });
  }

  async #write({ backup, told }: ImportedBackup, known: Backup | undefined): Promise<void> {
    const counts = this.answer.backups;
    for (let before = known; ; before = await this.#records.backups.get(backup.id)) {
      if (before === undefined) {
        if (!(await this.#records.backups.insert(backup))) continue; // it was made meanwhile: look at it
        counts.created++;
        this.#verify(backup);
        return;
      }
      const { fields, corrections, contradictions } = filling(before, backup, told);
      const reasons = contradictions.map((one) => (typeof one === 'string' ? one : this.#contradicted(one)));
      const changes = { ...fields, ...(isSame(reasons, before.warnings) ? {} : { warnings: reasons }) };
      // only while it still is what it was: a verification may have written in between
      const was = Object.fromEntries(Object.keys(fields).map((field) => [field, before[field as keyof Backup]]));
      if (Object.keys(changes).length > 0 && !(await this.#records.backups.update(backup.id, changes, was))) continue;
      for (const reason of reasons) this.#warn(backup.id, reason);
      for (const one of corrections) if (!isTime(one)) this.#warn(backup.id, this.#corrected(one));
      const isCorrected = corrections.length > 0;
      counts[isCorrected ? 'corrected' : Object.keys(fields).length > 0 ? 'filled' : 'known']++;
      if (Object.keys(fields).length > 0) this.#verify({ ...before, ...fields });
      return;
    }
  }

  #verify(backup: Backup): void {
    if (awaitsVerification(backup) && backup.storage_provider_id) this.toVerify.add(backup.storage_provider_id);
  }

  /** Warns of the backups of Jagad's connections that Jagad no longer lists. */
  async dropped(listedIds: readonly string[]): Promise<void> {
    const listed = new Set(listedIds.map((id) => id.toLowerCase()));
    for (const { id: connection_id } of this.#connections.values()) {
      for await (const backup of this.#records.backups.all({ connection_id })) {
        // a set that Jagad did not make, and what a person registered, it never listed
        const isJagads = backup.connection_source !== 'you' && backup.engine !== 'pgbackrest';
        if (!isJagads || listed.has(backup.id)) continue;
        this.#warn(backup.id, DROPPED);
        if (!backup.warnings.includes(DROPPED)) {
          await this.#records.backups.update(backup.id, { warnings: [...backup.warnings, DROPPED] });
        }
      }
    }
  }

  #corrected({ field, from, to }: Correction): string {
    return `corrected: its ${wordOf(field)} was ${this.#name(field, from)}, and is ${this.#name(field, to)} as Jagad says`;
  }

  #contradicted({ field, from, to }: Correction): string {
    return `Jagad says that its ${wordOf(field)} is ${this.#name(field, to)}; the record's, ${this.#name(field, from)}, stays`;
  }

  #name(field: Correction['field'], value: string | null): string {
    if (value === null || value === '') return 'none';
    const names = field === 'connection_id' ? this.#connections : this.#providerNames;
    const named = names.get(value);
    const name = typeof named === 'string' ? named : named?.name;
    return name === undefined ? value : `${name} (${value})`;
  }

  /** Those records that can be read; the others are told. */
  #readable<T extends z.ZodType>(schema: T, entries: readonly Record<string, unknown>[]): z.output<T>[] {
    return entries.flatMap((entry, index) => {
      const read = schema.safeParse(entry);
      if (read.success) return [read.data];
      const id = typeof entry.id === 'string' ? entry.id.slice(0, 200) : `number ${index + 1} of the list`;
      this.#skip(id, `it cannot be read: ${issuesOf(read.error)}`);
      return [];
    });
  }

  #skip(id: string, reason: string): void {
    this.answer.skipped.push({ id, reason });
  }

  #warn(id: string, reason: string): void {
    this.answer.warnings.push({ id, reason });
  }
}

const DROPPED = 'Jagad no longer lists this backup: its object may be gone';

function changedWarning({ name, jagad_changed_at }: Pick<Connection, 'name' | 'jagad_changed_at'>): string {
  return `Jagad changed ${name} at ${jagad_changed_at}, and doesn't say what: backups from before may be of another server, and a restore of one must name its target_connection`;
}

function isTime({ field }: Correction): boolean {
  return field === 'created_at' || field === 'started_at' || field === 'completed_at';
}

const WORDS: Partial<Record<Correction['field'], string>> = {
  connection_id: 'connection',
  database_name: 'database',
  storage_provider_id: 'storage provider',
  storage_path: 'storage path',
};

function wordOf(field: Correction['field']): string {
  return WORDS[field] ?? field;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
