/** Replays archived binary logs on the copy, from where its backup ends. */
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { logsFrom } from '../../../../lib/engines/physical/binary-logs.ts';
import { binlogArgs, type LogPart } from '../../../../lib/engines/physical/innodb-tools.ts';
import { isoSeconds, type LogGoal, type LoggedTarget, logGoal } from '../../../../lib/engines/physical/log-goal.ts';
import { runCommand } from '../../../../lib/engines/programs/run-command.ts';
import { RestoreError } from '../../../../lib/errors/errors.ts';
import { BinaryLogReader, type LoggedTransaction } from '../../../../lib/formats/innodb/binary-log.ts';
import type { LogStart } from '../../../../lib/formats/innodb/files.ts';
import { currentVersion, openDownload } from '../../../../lib/pipeline/download/download.ts';
import type { ObjectSource } from '../../../../lib/storage/objects/object-source.ts';
import { guardFiles } from '../file-guard.ts';
import type { Staging } from '../staged-server.ts';
import { lastWords, toolOutput } from '../tool-output.ts';
import type { InnodbPrograms } from './innodb-copy-programs.ts';
import type { CopyServer } from './innodb-copy-server.ts';

export interface BinaryLogs {
  /** File names, in order. */
  names: readonly string[];
  source(name: string): ObjectSource;
}

/** What to replay, as far as it is known beforehand. */
export interface Replay {
  goal: LogGoal;
  start: LogStart;
  logs: { name: string; exists: boolean; source: ObjectSource; bytes: number }[];
}

/**
 * @param start where the backup ends.
 * @throws RestoreError if it is already clear that the point can't be reached.
 */
export async function planReplay(
  target: LoggedTarget,
  start: LogStart | undefined,
  archive: BinaryLogs,
  signal: AbortSignal,
): Promise<Replay> {
  if (start === undefined) {
    throw new RestoreError('the backup does not say where in the binary logs it ends: the server wrote none', {
      hint: 'Restore to the state of a backup.',
    });
  }
  const goal = logGoal(target, start);
  const logs: Replay['logs'] = [];
  for (const { name, exists } of logsFrom(start.file, archive.names)) {
    if (!exists && logs.length === 0) throw missingLog(name);
    const source = archive.source(name);
    logs.push({ name, exists, source, bytes: exists ? (await currentVersion(source, signal)).bytes : 0 });
  }
  return { goal, start, logs };
}

/**
 * Uses one client for all logs, because temporary tables live on from one log to the next. Only one log at a time is on
 * the disk.
 * @param unmoved what to say if nothing had to be replayed.
 * @returns how far it got, in words.
 * @throws RestoreError for a log that is missing or damaged, a point that isn't in the logs, or a statement that fails.
 */
export async function replayLogs(
  { directory, telling, signal }: Staging,
  { goal, start, logs }: Replay,
  { programs, server, unmoved }: { programs: InnodbPrograms; server: CopyServer; unmoved: string },
): Promise<string> {
  const bytesTotal = logs.reduce((total, { bytes }) => total + bytes, 0);
  telling.stage('replaying', bytesTotal);
  const places = join(directory, 'logs');
  // the rows of a LOAD DATA, which the tool writes here and the client reads here
  const loadDirectory = join(directory, 'loads');
  for (const one of [places, loadDirectory]) await mkdir(one, { mode: 0o700 });
  let reached = unmoved;
  let at = start.file;
  const socket = join(dirname(server.socket), 'replay.sock');
  const client = await server.clientCall('client', [
    `--socket=${socket}`,
    '--binary-mode', // changes no byte of a statement, and runs no client command in one
    '--max-allowed-packet=1G',
    '--local-infile=1',
  ]);
  const guard = await guardFiles(socket, server.socket, loadDirectory);
  const listeners = { onStdout: () => {}, onStderr: () => {} };
  const end = await runCommand(client, statements(), listeners, signal).finally(guard.close);
  const refused = guard.refused();
  if (refused !== undefined) {
    throw new RestoreError(`a statement in ${at} or before it is not accepted: it reads the file ${refused}`, {
      hint: 'Find out who can write to the bucket: no server writes such a binary log.',
    });
  }
  if (end.exitCode !== 0) {
    throw new RestoreError(`a statement in ${at} or before it cannot be replayed: ${lastWords(end.stderr)}`, {
      hint: 'Restore to a point before this statement, or to the state of a later backup.',
    });
  }
  return reached;

  async function* statements(): AsyncGenerator<Buffer> {
    let done = 0;
    for (const log of logs) {
      if (!log.exists) throw missingLog(log.name);
      at = log.name;
      const file = join(places, log.name);
      const from = log === logs[0] ? start.position : 0;
      const { stop, last, closed } = await fetchLog(log, { file, from, goal }, signal);
      if (last !== undefined) {
        yield* asSql({ file, start: from === 0 ? undefined : from, stop, loadDirectory });
        reached = described(log.name, stop, last);
      }
      await rm(file);
      done += log.bytes;
      telling.progress(done);
      if (goal.isMet()) return;
      if (!closed && log !== logs.at(-1)) {
        telling.warn(`${log.name} is incomplete: the server crashed there, or it was archived too early`);
      }
    }
    telling.warn(goal.atEnd(reached));
  }

  async function* asSql(part: LogPart): AsyncGenerator<Buffer> {
    try {
      yield* toolOutput(await programs.call('binlog', binlogArgs(programs.tools, part)), signal);
    } catch (cause) {
      if (!(cause instanceof RestoreError)) throw cause;
      throw new RestoreError(`${at}: ${cause.message}`, {
        hint: 'Archive the binary log again if the server still has it, or restore to a point before the fault.',
        cause,
      });
    }
  }
}

/** The part of a log to replay, found while it is read. */
interface WantedPart {
  /** The position at which that part ends. This may be the end of the log. */
  stop: number;
  /** The last transaction in it; undefined if it contains none. */
  last: LoggedTransaction | undefined;
  /** Whether the server continued with another log, or stopped, at the end of this one. */
  closed: boolean;
}

/** Writes a log to the disk, as far as it is needed. */
async function fetchLog(
  { name, source }: { name: string; source: ObjectSource },
  { file, from, goal }: { file: string; from: number; goal: LogGoal },
  signal: AbortSignal,
): Promise<WantedPart> {
  const reader = new BinaryLogReader(name);
  const { bytes, chunks } = await openDownload(source, { signal });
  if (bytes < from) {
    throw new RestoreError(`${name} has ${bytes} bytes, but the backup ends at position ${from} in it`, {
      hint: 'It was archived before it was complete: archive it again if the server still has it.',
    });
  }
  const written = await open(file, 'wx', 0o600);
  let last: LoggedTransaction | undefined;
  try {
    for await (const chunk of chunks) {
      await written.writeFile(chunk);
      for (const transaction of reader.push(chunk)) {
        if (transaction.position < from) goal.checkHeld(transaction);
        else if (goal.endsBefore(transaction)) return { stop: transaction.position, last, closed: true };
        else last = transaction;
      }
    }
  } finally {
    await written.close();
  }
  return { stop: bytes, last, closed: reader.closed };
}

/** `binlog.000002 position 573, 2026-11-22T21:16:32Z, GTID 0-7-11` */
function described(name: string, position: number, { seconds, gtid }: LoggedTransaction): string {
  return [`${name} position ${position}`, isoSeconds(seconds), ...(gtid === null ? [] : [`GTID ${gtid}`])].join(', ');
}

function missingLog(name: string): RestoreError {
  return new RestoreError(`the binary log ${name} is missing from the archive`, {
    hint: 'Archive it if the server still has it, or restore to a point before it or to the state of a later backup.',
  });
}
