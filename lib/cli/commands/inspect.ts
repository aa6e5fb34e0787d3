import { type Caller, say } from '../caller.ts';
import { type Command, readArguments } from '../command.ts';
import { asJson, describe } from '../describe.ts';
import { lookAtBackup } from '../look.ts';
import { encryptionDemand, OBJECT_HELP, OBJECT_OPTIONS, objectNamed } from '../object.ts';
import { encryptionKeys, KEY_HELP } from '../secrets.ts';

const OPTIONS = { ...OBJECT_OPTIONS, json: { type: 'boolean', default: false } } as const;

export const inspectCommand: Command = {
  summary: 'shows what a backup is, from its head alone',
  help: `Usage: npx jagad-restore inspect OBJECT [OPTIONS]

Shows what a backup is and contains: encryption, kind of dump, server, database; for a PostgreSQL archive, its table of
contents too. It reads only the head of the object: run verify to check the rest.

  --json   print JSON, with every entry of the table of contents

${OBJECT_HELP}

${KEY_HELP}`,
  run: inspect,
};

async function inspect(args: string[], caller: Caller): Promise<void> {
  const { object, values } = readArguments(args, OPTIONS);
  const source = await objectNamed(object, values, caller);
  const keys = await encryptionKeys(source, caller);
  const look = await lookAtBackup(source, keys, {
    mustBeEncrypted: encryptionDemand(values),
    signal: caller.signal,
  });
  if (values.json) say(caller.stdout, JSON.stringify(asJson(look), null, 2));
  else for (const line of describe(look)) say(caller.stdout, line);
}
