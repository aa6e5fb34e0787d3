import { contentsDigest } from '../../formats/contents-digest.ts';
import type { DumpContents } from '../../formats/dump-contents.ts';
import { type Caller, say } from '../caller.ts';
import { lookAtBackup } from '../checks/look.ts';
import { type Command, readArguments } from '../command.ts';
import { encryptionDemand, OBJECT_HELP, OBJECT_OPTIONS, objectNamed } from '../input/object.ts';
import { encryptionKeys, KEY_HELP } from '../input/secrets.ts';
import { asJson, describe } from '../output/describe.ts';
import { describeContents } from '../output/describe-contents.ts';
import { ProgressLine } from '../output/progress.ts';
import { verifyWatched } from './verify.ts';

const OPTIONS = {
  ...OBJECT_OPTIONS,
  contents: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export const inspectCommand: Command = {
  summary: 'shows what a backup is, from its head alone',
  help: `Usage: npx jagad-restore inspect OBJECT [OPTIONS]

Shows what a backup is and contains: encryption, kind of dump, server, database; for a PostgreSQL archive, its table of
contents too. It reads only the head of the object: run verify to check the rest.

  --contents   read and verify all of it, and show what the dump contains: each table with its rows, columns and keys
               (an archive of PostgreSQL: with the size of its data), views, routines and all other objects
  --json       print JSON, with every entry of the table of contents

${OBJECT_HELP}

${KEY_HELP}`,
  run: inspect,
};

async function inspect(args: string[], caller: Caller): Promise<void> {
  const { object, values } = readArguments(args, OPTIONS);
  const source = await objectNamed(object, values, caller);
  const keys = await encryptionKeys(source, caller);
  const options = { mustBeEncrypted: encryptionDemand(values), signal: caller.signal };
  const look = await lookAtBackup(source, keys, options);
  const verified = values.contents
    ? await verifyWatched(source, keys, null, new ProgressLine(caller.stderr), { ...options, contents: 'dump' })
    : undefined;
  if (values.json) {
    const contents = verified === undefined ? {} : contentsAsJson(verified.dumpContents);
    say(caller.stdout, JSON.stringify({ ...asJson(look), ...contents }, null, 2));
    return;
  }
  for (const line of describe(look)) say(caller.stdout, line);
  if (verified === undefined) return;
  say(caller.stdout, '');
  const { dumpContents } = verified;
  const unknown = 'contents:   unknown: the dump has a layout, or comes from a tool, that is not known here';
  for (const line of dumpContents === undefined ? [unknown] : describeContents(dumpContents)) say(caller.stdout, line);
}

function contentsAsJson(contents: DumpContents | undefined): object {
  return { contents: contents ?? null, contents_sha256: contents === undefined ? null : contentsDigest(contents) };
}
