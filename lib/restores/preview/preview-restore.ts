import type { Role } from '../../accounts/roles.ts';
import { backupObject, encryptionDemandOf, keysFor } from '../../backups/backup-object.ts';
import { readContents } from '../../backups/contents/kept-contents.ts';
import type { Backup } from '../../backups/model.ts';
import { ownServerDoubt } from '../../backups/own-server.ts';
import { repositoryCipher } from '../../backups/physical/repository-cipher.ts';
import type { Preview } from '../../backups/schemas.ts';
import type { Readers } from '../../backups/tables.ts';
import { passwordOf, requirePassword } from '../../connections/connection-password.ts';
import { freeSpaceOf } from '../../connections/free-space.ts';
import type { Secrets } from '../../connections/secrets.ts';
import type { Access } from '../../engines/connect/connect.ts';
import { lookAtTarget, rightsOf } from '../../engines/connect/modules.ts';
import { MAX_LOOK_BYTES } from '../../engines/connect/session-socket.ts';
import type { Right } from '../../engines/rights.ts';
import type { TargetLook } from '../../engines/target-look.ts';
import { DownloadError, NotFound, RestoreError, ServiceError } from '../../errors/errors.ts';
import { notFound } from '../../errors/not-found.ts';
import { contentsOf } from '../../pipeline/contents.ts';
import { inTime } from '../../pipeline/in-time.ts';
import type { ObjectLook } from '../../pipeline/opening/look-at-object.ts';
import { lookAtObject } from '../../pipeline/opening/look-at-object.ts';
import type { OwnBucket } from '../../storage/objects/own-bucket.ts';
import { type Admitter, type AskedRestore, admitRestore } from '../admission/admit-restore.ts';
import { readOnce, readProvidersOnce } from '../admission/read-once.ts';
import { refuseOutsideWindow } from '../admission/refuse-outside-window.ts';
import { refusalsOfTaken } from '../admission/take-target.ts';
import { backupSideRefusals, plansOf, type RestorePlan, targetRefusals } from '../request.ts';
import type { RestoreTables } from '../tables.ts';
import { mergedPreview } from './merged-preview.ts';
import { previewOf } from './model.ts';

/** The part of the 20 s that a response may take. What is unknown by then is reported as unknown. */
const LOOK_MS = 13_000;

/** Access to passwords, keys, and the contents of dumps. */
export interface PreviewStores {
  secrets: Secrets;
  own: OwnBucket;
}

export type PreviewRequest = Required<Pick<AskedRestore, 'verify'>> & AskedRestore;

/**
 * Checks everything that a restore would check, and writes nothing.
 * @param role of the user who would restore.
 * @throws NotFound for the backup or the target; the response lists every other blocker.
 */
export async function previewRestore(
  tables: Pick<RestoreTables, 'locks' | 'restores'> & Readers,
  { secrets, own }: PreviewStores,
  request: PreviewRequest,
  role: Role,
  now: Date,
): Promise<Preview> {
  const records = readProvidersOnce(readOnce(tables));
  const { backup, target, doubts } = await named(records, request);
  const plans = plansOf(request, backup, target);
  const canBeRead = backupSideRefusals(request, backup, now).length === 0;
  const admitter: Admitter = {
    records,
    readWindow: (backup, take) => refuseOutsideWindow({ records, secrets }, backup, take),
    requirePassword: (target) => requirePassword(secrets, target),
    takeTargets: (plans) => refusalsOfTaken(records, plans, now),
  };
  const [admission, object, looks, contents] = await Promise.all([
    admitRestore(admitter, { request, asker: { role }, tellsAll: true }, now),
    // an incomplete backup has no object to inspect
    canBeRead ? told(lookAtBackup(records, secrets, backup)) : undefined,
    lookAtTargets(secrets, plans),
    backup.contents === null ? undefined : readContents(own, backup.id),
  ]);
  const refusals = admission.isAdmitted ? [] : admission.refusals;
  const unread = admission.window?.unread ?? [];
  const [first, ...others] = plans.map((plan, index) => {
    const [look, rights] = looks[index] as ServerLook;
    return previewOf({
      plan,
      verify: request.verify,
      refusals,
      doubts,
      unread,
      object,
      contents,
      target: look,
      rights,
    });
  });
  return mergedPreview([first as Preview, ...others]);
}

interface Named extends Pick<RestorePlan, 'backup' | 'target'> {
  /**
   * What is unusual about the backup. If the request names no target, a doubt about the backup's own server is a
   * blocker instead.
   */
  doubts: string[];
}

async function named(records: Readers, request: PreviewRequest): Promise<Named> {
  const backup = await records.backups.get(request.backup_id);
  if (backup === undefined) throw notFound('backup');
  const own = await records.connections.get(backup.connection_id);
  const target = request.target_connection ? await records.connections.get(request.target_connection) : own;
  if (target === undefined) throw notFound('target connection');
  const doubt = request.target_connection && own ? ownServerDoubt(backup, own) : undefined;
  return { backup, target, doubts: [...(doubt === undefined ? [] : [doubt]), ...backup.warnings] };
}

/** @returns undefined for pgBackRest, whose backups consist of many objects: only its encryption is checked. */
async function lookAtBackup(records: Readers, secrets: Secrets, backup: Backup): Promise<ObjectLook | undefined> {
  const contents = contentsOf(backup);
  if (contents === undefined) {
    const own = await records.connections.get(backup.connection_id);
    if (own !== undefined) await repositoryCipher(secrets, backup, own);
    return undefined;
  }
  const look = async (signal: AbortSignal) => {
    const source = await backupObject(records, secrets, backup);
    return lookAtObject(source, await keysFor(secrets, backup), signal, {
      contents,
      mustBeEncrypted: await encryptionDemandOf(records, backup),
    });
  };
  const late = () =>
    new DownloadError(`the storage did not answer within ${LOOK_MS / 1000} s`, {
      hint: "Check the storage provider's endpoint, and that the network can reach it.",
    });
  return inTime(look, LOOK_MS, late);
}

type ServerLook = [target: TargetLook | ServiceError | undefined, rights: Right[] | ServiceError | undefined];

/** Runs the inspections one after another, within the same time limit: one must not see another's session. */
async function lookAtTargets(secrets: Secrets, plans: RestorePlan[]): Promise<ServerLook[]> {
  const deadline = Date.now() + LOOK_MS;
  const looks: ServerLook[] = [];
  for (const plan of plans) {
    looks.push(targetRefusals(plan).length > 0 ? [undefined, undefined] : await lookAtServer(secrets, plan, deadline));
  }
  return looks;
}

async function lookAtServer(secrets: Secrets, plan: RestorePlan, deadline: number): Promise<ServerLook> {
  const { target, database } = plan;
  // a missing password gives the same error as when a restore is refused
  const password = await told(passwordOf(secrets, target));
  if (password instanceof ServiceError) return [undefined, undefined];
  const within = <T>(look: (access: Access) => Promise<T>) => {
    const withLimits = (signal: AbortSignal) =>
      look({ connection: target, password, limits: { signal, maxBytes: MAX_LOOK_BYTES } }).catch(unexplained(plan));
    return told(inTime(withLimits, deadline - Date.now(), () => noAnswer(plan)));
  };
  const [seen, free] = await Promise.all([within((access) => lookAtTarget(access, database)), freeSpaceOf(target)]);
  const look = seen instanceof ServiceError ? seen : { ...seen, freeBytes: free.bytes, freeSource: free.source };
  // one after another, because an inspection must not see another's session
  return [look, look instanceof ServiceError ? undefined : await within((access) => rightsOf(access, database))];
}

function noAnswer({ target }: RestorePlan): RestoreError {
  return new RestoreError(`${target.name} (${target.host}:${target.port}) did not answer within ${LOOK_MS / 1000} s`, {
    hint: 'Check that the network lets the service reach it, and what keeps it busy.',
  });
}

/** A failed query is a blocker like any other: a right is missing, or the server is too busy. */
function unexplained({ target, database }: RestorePlan): (error: Error) => never {
  return (error) => {
    if (error instanceof ServiceError) throw error;
    throw new RestoreError(`cannot inspect database ${database} of ${target.name}: ${error.message}`, {
      hint: 'Check what the user of the target connection may read.',
      cause: error,
    });
  };
}

/** Returns a promise's result, or its error if that should be reported. Throws any other error. */
async function told<T>(promise: Promise<T>): Promise<T | ServiceError> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof ServiceError && !(error instanceof NotFound)) return error;
    throw error;
  }
}
