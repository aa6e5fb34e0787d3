/** Jagad's own lists as files, and how they are sent: in parts that a call takes. Pure. */
import type { z } from 'zod';
import { importBody } from '../../../../lib/domain/requests/backups.ts';
import type { AnswerOf } from '../../../../lib/routes.ts';

export type ImportPart = z.input<typeof importBody>;
export type ImportAnswer = AnswerOf<'POST /api/backups/import'>;

/** A call takes 4 MiB; the names of the fields around the lists need some of it. */
const MAX_PART_BYTES = 4 * 1024 * 1024 - 16 * 1024;
const MAX_PART_BACKUPS = 10_000;

/** A list as Jagad answers it. @throws Error saying what is wrong with the file. */
export function readList(fileName: string, text: string): unknown[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${fileName} is not JSON`, { cause });
  }
  if (!Array.isArray(list)) throw new Error(`${fileName} holds no list: save what Jagad answers as it is`);
  return list;
}

/**
 * What is to be sent, one after the other. Each part has all connections, as these name the databases of the backups.
 * @throws Error naming the entry that is not as Jagad has it.
 */
export function importParts(providerId: string, connections: unknown[], backups: unknown[]): ImportPart[] {
  const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length + 1;
  const room = MAX_PART_BYTES - bytesOf(connections);
  const slices: unknown[][] = [];
  let left = 0;
  for (const backup of backups) {
    const bytes = bytesOf(backup);
    const slice = slices.at(-1);
    if (slice === undefined || bytes > left || slice.length === MAX_PART_BACKUPS) {
      slices.push([backup]);
      left = room - bytes;
    } else {
      slice.push(backup);
      left -= bytes;
    }
  }
  let before = 0;
  return (slices.length === 0 ? [[]] : slices).map((slice) => {
    const part = importBody.safeParse({ storage_provider_id: providerId, connections, backups: slice });
    if (!part.success) throw new Error(wordsOf(part.error.issues, before));
    before += slice.length;
    return part.data;
  });
}

/** `backups.json, entry 3: storage_path: …` */
function wordsOf([issue]: z.core.$ZodIssue[], backupsBefore: number): string {
  const [list, index, ...path] = issue?.path ?? [];
  if (typeof index !== 'number') return `${String(list)}: ${issue?.message}`;
  const entry = index + 1 + (list === 'backups' ? backupsBefore : 0);
  return `${String(list)}.json, entry ${entry}: ${[...path, issue?.message].join(': ')}`;
}

/** The answer to a part that was sent again, since the first call ran out of time, together with what that one did. */
export function sameAgain(before: ImportAnswer, again: ImportAnswer): ImportAnswer {
  const { created, corrected, filled } = before.backups;
  return {
    ...again,
    storage_providers: before.storage_providers,
    connections: before.connections,
    backups: {
      created: created + again.backups.created,
      corrected: corrected + again.backups.corrected,
      filled: filled + again.backups.filled,
      known: again.backups.known - created - corrected - filled,
      left: again.backups.left,
    },
    warnings: distinct([...before.warnings, ...again.warnings]),
    verification_job: again.verification_job ?? before.verification_job,
  };
}

/** The answers to two parts as one: the connections are the same in each. */
export function together(first: ImportAnswer, next: ImportAnswer): ImportAnswer {
  const sum = (name: keyof ImportAnswer['backups']) => first.backups[name] + next.backups[name];
  return {
    storage_providers: first.storage_providers,
    connections: first.connections,
    backups: {
      created: sum('created'),
      corrected: sum('corrected'),
      filled: sum('filled'),
      known: sum('known'),
      left: sum('left'),
    },
    skipped: distinct([...first.skipped, ...next.skipped]),
    warnings: distinct([...first.warnings, ...next.warnings]),
    verification_job: next.verification_job ?? first.verification_job,
  };
}

/** Each part tells of the same connections. */
function distinct(said: ImportAnswer['warnings']): ImportAnswer['warnings'] {
  return [...new Map(said.map((one) => [`${one.id} ${one.reason}`, one])).values()];
}
