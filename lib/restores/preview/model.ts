/** Puts a preview's findings into words. Pure: the inspections happen elsewhere. */

import type { Backup } from '../../backups/model.ts';
import type { Preview } from '../../backups/schemas.ts';
import { archiveTooNew, DROP_THEM, isPostgresArchive, sessionsLine, staysLine } from '../../databases/dump-fit.ts';
import type { DumpHead } from '../../databases/dump-head.ts';
import { isOlderServer } from '../../databases/dumped-server-version.ts';
import { ENGINES } from '../../databases/engines.ts';
import { blockers } from '../../engines/postgres/rules/dependents.ts';
import { mayNeedTrusted, needsTrusted, UNREAD_CONTENTS } from '../../engines/postgres/rules/needs-trusted.ts';
import { dependsOnDump } from '../../engines/postgres/rules/restore-rights.ts';
import { type Finding, remedyOf, settingNotes, warningLines, weightOf } from '../../engines/preflight/findings.ts';
import { findingsOf } from '../../engines/preflight/preflight.ts';
import { leastBytes } from '../../engines/preflight/room.ts';
import { missingRights, type Right } from '../../engines/rights.ts';
import type { TableSize, TargetLook } from '../../engines/target-look.ts';
import { ServiceError, toFailure } from '../../errors/errors.ts';
import type { DumpContents } from '../../formats/dump-contents.ts';
import { oldestReader } from '../../formats/pg-dump/archive/format.ts';
import { superuserDemands, superuserDemandsOf } from '../../formats/pg-dump/archive/superuser-demand.ts';
import { archiveContents } from '../../formats/pg-dump/contents.ts';
import { contentsOf } from '../../pipeline/contents.ts';
import type { ObjectLook } from '../../pipeline/opening/look-at-object.ts';
import type { RestorePlan, VerifyMode } from '../request.ts';

/** The maximum length of a list in a response. */
const MOST_LISTED = 500;

export interface Findings {
  plan: RestorePlan;
  verify: VerifyMode;
  /** The error with which a restore would be refused. */
  refusals: readonly ServiceError[];
  /** What is unusual about the backup itself. */
  doubts: readonly string[];
  /** For a physical backup, the archives of its chain that were never read, by backup. */
  unread: readonly string[];
  /** Each is the finding, or the error that prevented it; undefined if it doesn't apply. */
  object: ObjectLook | ServiceError | undefined;
  /** What the dump contains, if known. */
  contents: DumpContents | undefined;
  target: TargetLook | ServiceError | undefined;
  rights: Right[] | ServiceError | undefined;
}

/** The lines for the two lists of a response. */
interface Lines {
  obstacles: string[];
  warnings: string[];
}

export function previewOf(findings: Findings): Preview {
  const { plan, object, target, rights } = findings;
  const { backup, database } = plan;
  const look = found(target);
  const head = found(object)?.head;
  const contents = knownContents(findings.contents, head, backup.size_bytes);
  const preflight = look === undefined ? [] : findingsOf(contents, look);
  const lines = [
    { obstacles: findings.refusals.map(sentence), warnings: [...findings.doubts] },
    verification(findings),
    troubles(findings),
    ...(head === undefined ? [] : [dumpLines(head, plan, look)]),
    ...(head === undefined || look === undefined ? [] : [objectsInTheWay(head, look, database)]),
    ...(head === undefined || look === undefined ? [] : [trustLines(head, contents, look, plan)]),
    ...(look === undefined || look.sessions.length === 0
      ? []
      : [{ obstacles: [], warnings: [sessionsLine(look.sessions.length)] }]),
    writeLines(look),
    preflightLines(preflight),
    rightsLines(found(rights) ?? [], plan, toldByFindings(contents, look)),
  ];
  return {
    backup_id: backup.id,
    target: targetOf(plan),
    object: {
      path: backup.storage_path,
      bytes: found(object)?.bytes ?? (backup.engine === null ? null : backup.object_bytes),
      encrypted: found(object)?.encrypted ?? null,
      server_version: head?.serverVersion ?? (backup.engine === null ? null : backup.server_version),
    },
    server_version: look?.serverVersion ?? null,
    database_exists: look?.databaseExists ?? null,
    overwritten: overwritten(look, head),
    connected: (look?.sessions ?? []).slice(0, MOST_LISTED),
    room: {
      needed_bytes: (contents && leastBytes(contents)) || null,
      free_bytes: look?.freeBytes ?? null,
      free_bytes_from: look?.freeSource ?? 'unknown',
    },
    rights: found(rights) ?? [],
    extensions: extensionsOf(head).map((name) => ({
      name,
      available: look?.postgres?.availableExtensions.has(name) ?? null,
    })),
    findings: preflight.map((one) => ({
      id: one.id,
      weight: weightOf(one),
      message: one.message,
      statement: one.forSession ?? one.statement ?? null,
    })),
    obstacles: lines.flatMap(({ obstacles }) => obstacles),
    warnings: lines.flatMap(({ warnings }) => warnings),
  };
}

/** An archive's own table of contents says the same as the stored contents. */
function knownContents(
  kept: DumpContents | undefined,
  head: DumpHead | undefined,
  bytes: number | null,
): DumpContents | undefined {
  return head?.toc === undefined ? kept : archiveContents(head.toc, new Map(), kept?.dump_bytes ?? bytes ?? 0);
}

function targetOf({ target, database }: RestorePlan): Preview['target'] {
  const { id, name, host, port } = target;
  return { connection_id: id, name, host, port, database };
}

function found<T extends object>(look: T | ServiceError | undefined): T | undefined {
  return look instanceof ServiceError ? undefined : look;
}

/** An error in one line: what is wrong, then what to do. */
function sentence(error: ServiceError): string {
  const { message, hint } = toFailure(error);
  return hint === undefined ? message : `${message}. ${hint}`;
}

/** What could not be inspected. */
function troubles({ object, target, rights }: Findings): Lines {
  const errors = [object, target].filter((look) => look instanceof ServiceError);
  // if the server could not be reached, its rights can't be read either
  const unread = rights instanceof ServiceError && !(target instanceof ServiceError) ? [rights] : [];
  return { obstacles: errors.map(sentence), warnings: unread.map(sentence) };
}

function verification(findings: Findings): Lines {
  const { backup } = findings.plan;
  switch (contentsOf(backup)) {
    case 'dump':
      return verificationOfDump(findings);
    case 'archive':
      return verificationOfArchive(findings);
    case undefined:
      // pgBackRest checks it during recovery, before the target is touched
      return { obstacles: [], warnings: [] };
  }
}

function verificationOfArchive({ plan: { backup }, unread }: Findings): Lines {
  if (backup.verify_status === 'failed') return failedVerification(backup, false);
  const warnings = unread.map((id) => {
    const which = id === backup.id ? 'the backup' : `backup ${id}, which it builds on,`;
    return `${which} has not been read yet: whether it is full, and its log sequence numbers, are known once the restore has read it, before the target is touched`;
  });
  return { obstacles: [], warnings };
}

/** @param isSkipped whether the restore wouldn't verify it. */
function failedVerification(backup: Backup, isSkipped: boolean): Lines {
  const line = `the backup failed its verification: ${backup.verify_error ?? 'the reason was not recorded'}`;
  // a missing object may have come back: the inspection shows the current state
  const mayPass = isSkipped || backup.verify_error?.startsWith('DOWNLOAD ERROR');
  return mayPass ? { obstacles: [], warnings: [line] } : { obstacles: [line], warnings: [] };
}

function verificationOfDump(findings: Findings): Lines {
  const {
    plan: { backup },
    verify,
  } = findings;
  const skipped = verify === 'skip' ? ', and is restored as it is' : '; the restore verifies it first';
  switch (backup.verify_status) {
    case 'passed':
      return { obstacles: [], warnings: [...unreadLines(backup), ...unknownContents(findings)] };
    case 'pending':
      return { obstacles: [], warnings: [`the backup has never been verified${skipped}`, ...unreadLines(backup)] };
    case 'verifying':
      return { obstacles: [], warnings: [`the backup is being verified now${skipped}`] };
    case 'failed':
      return failedVerification(backup, verify === 'skip');
  }
}

/** If an attempt could not determine whether the backup is sound, that says something about access to it. */
function unreadLines({ verify_attempt }: Backup): string[] {
  if (verify_attempt === null) return [];
  return [
    `the last attempt to verify the backup, at ${verify_attempt.at}, gave no result: ${verify_attempt.error.message}`,
  ];
}

/**
 * A dump that was verified before contents were stored. Before the restore writes, it knows only the contents at the
 * dump's beginning.
 */
function unknownContents({ contents, object }: Findings): string[] {
  const head = found(object)?.head;
  // an archive lists its contents at its beginning
  if (contents !== undefined || head?.kind !== 'sql') return [];
  return ['the contents of the backup are not fully known, so an obstacle may be found late: verify the backup again'];
}

/** What the dump's beginning means for the tool and the target server. */
function dumpLines(head: DumpHead, { target }: RestorePlan, look: TargetLook | undefined): Lines {
  const { db_type } = target;
  const obstacles: string[] = [];
  const warnings: string[] = [];
  if (head.archiveVersion !== undefined) {
    if (!ENGINES[db_type].dumpKinds.includes('pg-archive')) obstacles.push(sentence(isPostgresArchive(db_type)));
    else if (oldestReader(head.archiveVersion) === undefined) {
      // this code doesn't know which major versions the task has installed
      obstacles.push(sentence(archiveTooNew(head.archiveVersion, [])));
    } else if (head.toc === undefined) {
      warnings.push("the dump's table of contents is too long to read here: the target was not checked for blockers");
    }
  }
  if (look !== undefined && head.serverVersion !== undefined) {
    if (isOlderServer(look.serverVersion, head.serverVersion, db_type)) {
      const [server] = look.serverVersion.split(' ');
      const [dumped] = head.serverVersion.split(' ');
      warnings.push(`the target's version, ${server}, is older than that of the server that was dumped, ${dumped}`);
    }
  }
  return { obstacles, warnings };
}

function objectsInTheWay({ toc }: DumpHead, { postgres }: TargetLook, database: string): Lines {
  if (toc === undefined || postgres === undefined) return { obstacles: [], warnings: [] };
  const { blocking, staying } = blockers(postgres.dependencies, toc);
  return {
    obstacles: capped(blocking.map((line) => `${line}, in database ${database}. ${DROP_THEM}`)),
    warnings: capped(staying.map(staysLine)),
  };
}

/** What a temporary role can't load. */
function trustLines(
  { kind, toc, archiveVersion }: DumpHead,
  contents: DumpContents | undefined,
  { postgres }: TargetLook,
  { target }: RestorePlan,
): Lines {
  const none = { obstacles: [], warnings: [] };
  if (postgres === undefined || postgres.powers.length === 0 || target.trusted) return none;
  if (kind === 'sql') {
    // its functions come later in the dump than the part that is read here
    if (contents?.kind !== 'pg_dump') return { obstacles: [], warnings: [mayNeedTrusted({ connection: target })] };
    const demands = superuserDemandsOf(contents);
    if (demands.length === 0) return none;
    return { obstacles: [sentence(needsTrusted({ connection: target }, demands.join('; ')))], warnings: [] };
  }
  // a different obstacle
  if (oldestReader(archiveVersion ?? '') === undefined) return none;
  const what = toc === undefined ? [UNREAD_CONTENTS] : superuserDemands(toc);
  if (what.length === 0) return none;
  return { obstacles: [sentence(needsTrusted({ connection: target }, what.join('; ')))], warnings: [] };
}

/** The rights that the preflight itself reports, because it knows whether this dump needs them. */
function toldByFindings(
  contents: DumpContents | undefined,
  look: TargetLook | undefined,
): (right: Pick<Right, 'right'>) => boolean {
  if (contents?.kind === 'mysqldump' && look?.mysql !== undefined) return () => true;
  return contents !== undefined && look?.postgres?.server !== undefined ? dependsOnDump : () => false;
}

/** @param isTold whether a finding reports the right */
function rightsLines(rights: Right[], { target }: RestorePlan, isTold: (right: Right) => boolean): Lines {
  const lines = missingRights(rights)
    .filter((right) => !isTold(right))
    .map(({ right, needed_for }) => `${target.username} lacks a right: ${right}, for ${needed_for}`);
  return { obstacles: lines, warnings: [] };
}

/** What a comparison of the dump's contents with the target shows. */
function preflightLines(findings: readonly Finding[]): Lines {
  const obstacles = findings.filter((one) => weightOf(one) === 'obstacle');
  return {
    obstacles: capped(obstacles.map((one) => `${one.message}. ${remedyOf(one)}`)),
    warnings: capped([...warningLines(findings), ...settingNotes(findings)]),
  };
}

/** Whether the server accepts writes at all. */
function writeLines(look: TargetLook | undefined): Lines {
  const { writeRefusal, doubts = [] } = look ?? {};
  return {
    obstacles: writeRefusal === undefined ? [] : [`${writeRefusal.why}. ${writeRefusal.hint}`],
    warnings: [...doubts],
  };
}

/** What a restore would replace. If the dump names its tables, only those. */
function overwritten(look: TargetLook | undefined, head: DumpHead | undefined): Preview['overwritten'] {
  const key = (schema: string | null, name: string) => JSON.stringify([schema, name]);
  const inDump =
    head?.toc &&
    new Set(
      head.toc.entries
        .filter(({ desc }) => desc === 'TABLE' || desc === 'MATERIALIZED VIEW')
        .map(({ namespace, tag }) => key(namespace, tag)),
    );
  const tables = (look?.tables ?? []).filter(({ schema, name }) => inDump?.has(key(schema, name)) ?? true);
  const sum = (of: (table: TableSize) => number) => tables.reduce((total, table) => total + Math.round(of(table)), 0);
  return {
    exact: inDump !== undefined || look?.tables.length === 0,
    tables: tables
      .toSorted((a, b) => b.bytes - a.bytes || (key(a.schema, a.name) < key(b.schema, b.name) ? -1 : 1))
      .slice(0, MOST_LISTED)
      .map(({ schema, name, rows, bytes }) => ({
        name: schema === null ? name : `${schema}.${name}`,
        rows_estimated: Math.round(rows),
        bytes: Math.round(bytes),
      })),
    table_count: tables.length,
    rows_estimated: sum(({ rows }) => rows),
    bytes: sum(({ bytes }) => bytes),
  };
}

function extensionsOf(head: DumpHead | undefined): string[] {
  return (head?.toc?.entries ?? []).filter(({ desc }) => desc === 'EXTENSION').map(({ tag }) => tag);
}

function capped(lines: string[]): string[] {
  if (lines.length <= MOST_LISTED) return lines;
  return [...lines.slice(0, MOST_LISTED), `and ${lines.length - MOST_LISTED} more`];
}
