/** What speaks against taking a physical backup to a point. */
import { Impossible, type RequestError } from '../errors.ts';
import { DISK_USED_GIB, MAX_DISK_GIB } from '../task-size.ts';
import { recoveryDiskBytes } from './recovery-disk.ts';
import type { RecoveryTarget } from './recovery-target.ts';
import type { RecoveryWindow } from './recovery-window.ts';

const GIB = 1024 ** 3;

const KIND_WORDS = {
  backup: 'its own end',
  time: 'a point in time',
  transaction: 'a transaction id',
  name: 'a restore point',
  gtid: 'a GTID',
} as const satisfies Record<RecoveryTarget['kind'], string>;

/**
 * The errors of a point that the backup cannot be taken to; none if it can, as far as that is known beforehand. What an
 * archive is, it says at its end: one that was not read yet may turn out to be a full backup, and is refused for nothing
 * that depends on it.
 */
export function windowRefusals(window: RecoveryWindow, target: RecoveryTarget): RequestError[] {
  if (!window.complete && window.unread.length > 0) {
    return isOfOtherEngine(window, target) ? [notOffered(window, target)] : gtidRefusals(window, target);
  }
  if (!window.complete) return [incomplete(window)];
  const point = window.targets.includes(target.kind)
    ? [...outsideRefusals(window, target), ...gtidRefusals(window, target)]
    : [notOffered(window, target)];
  return [...point, ...diskRefusals(window, target)];
}

function incomplete({ backup_id, missing }: RecoveryWindow): Impossible {
  return new Impossible(`backup ${backup_id} cannot be put together: ${missing.join('; ')}`, {
    hint: 'Bring back what is missing, import or scan again where the catalogue lacks it, or restore another backup.',
  });
}

function outsideRefusals({ earliest, latest, latest_is_open, notes }: RecoveryWindow, target: RecoveryTarget) {
  if (target.kind !== 'time' || earliest === null || latest === null) return [];
  const at = Date.parse(target.time);
  const isBefore = at < Date.parse(earliest);
  const isAfter = !latest_is_open && at > Date.parse(latest);
  if (!isBefore && !isAfter) return [];
  const why = isAfter && notes.length > 0 ? ` (${notes.join('; ')})` : '';
  return [
    new Impossible(
      `cannot recover to ${target.time}: this backup can be taken to any time from ${earliest} to about ${latest}${why}`,
      {
        hint: isBefore
          ? 'Choose an older backup.'
          : 'Choose an earlier time, or wait until the logs up to it are archived.',
      },
    ),
  ];
}

/** Only MySQL's GTIDs have a colon; no log of the other server ever holds one. */
function gtidRefusals({ engine }: RecoveryWindow, target: RecoveryTarget): Impossible[] {
  if (target.kind !== 'gtid' || target.gtid.includes(':') === (engine === 'xtrabackup')) return [];
  const [server, example] = engine === 'xtrabackup' ? ['MySQL', 'uuid:1-5'] : ['MariaDB', '0-1-100'];
  return [
    new Impossible(`${target.gtid} is no GTID of ${server}, which this backup is of`, {
      hint: `Give one such as ${example}.`,
    }),
  ];
}

/** Whether no backup of the engine can be taken to such a point. */
function isOfOtherEngine({ engine }: RecoveryWindow, { kind }: RecoveryTarget): boolean {
  return engine === 'pgbackrest' ? kind === 'gtid' : kind === 'transaction' || kind === 'name';
}

function notOffered(window: RecoveryWindow, target: RecoveryTarget): Impossible {
  const { engine, notes, targets } = window;
  const { kind } = target;
  const isPostgres = engine === 'pgbackrest';
  if (isOfOtherEngine(window, target)) {
    return new Impossible(`a backup of ${engine} cannot be taken to ${KIND_WORDS[kind]}`, {
      hint: `It can be taken to ${isPostgres ? 'a point in time, a transaction id or a restore point' : 'a point in time or a GTID'}.`,
    });
  }
  const offered = targets.map((one) => KIND_WORDS[one]).join(', ');
  const why = notes.length > 0 ? `: ${notes.join('; ')}` : '';
  return new Impossible(`this backup can be taken to ${offered}, not to ${KIND_WORDS[kind]}${why}`, {
    hint: isPostgres
      ? 'Scan the bucket, so that the catalogue knows which WAL the backup needs.'
      : "Set the connection's binlog_prefix to where its binary logs are archived in the backup's bucket.",
  });
}

function diskRefusals({ engine, chain, disk_bytes }: RecoveryWindow, { kind }: RecoveryTarget): Impossible[] {
  const needed = kind === 'backup' ? recoveryDiskBytes(engine, chain, 0) : disk_bytes;
  const neededGib = Math.ceil(needed / GIB) + DISK_USED_GIB;
  if (neededGib <= MAX_DISK_GIB) return [];
  return [
    new Impossible(
      `recovering this backup takes ${neededGib} GiB of disk, and a task has ${MAX_DISK_GIB} GiB at most`,
      {
        hint: 'Recover it on a server of your own with the tool that it was made with.',
      },
    ),
  ];
}
