/** `import`: copies the lists of a running Jagad into a restore service. This machine calls both. */
import { readFile } from 'node:fs/promises';
import { isSentInClear, type JagadCredentials, readJagadUrl } from '../../backups/jagad/address.ts';
import { JagadClient } from '../../backups/jagad/client.ts';
import { importParts } from '../../backups/jagad/import-parts.ts';
import { type JagadProgress, readJagadLists } from '../../backups/jagad/read-lists.ts';
import type { JagadLists } from '../../backups/jagad/records.ts';
import { id } from '../../storage/fields.ts';
import { type Caller, say } from '../caller.ts';
import { type Command, readOptions, wrongUsage } from '../command.ts';
import { askHidden, canAsk } from '../input/ask.ts';
import { ProgressLine } from '../output/progress.ts';
import {
  type ImportPartAnswer,
  type ImportSettings,
  readServiceUrl,
  ServiceClient,
  ServiceRefusal,
} from '../service-client.ts';
import { counted, type ImportSum, importLines, listLines, readingLines, sumOfParts } from './import-report.ts';

const OPTIONS = {
  from: { type: 'string' },
  'jagad-user': { type: 'string', default: 'admin' },
  'jagad-ca-file': { type: 'string' },
  service: { type: 'string' },
  'service-user': { type: 'string', default: 'admin' },
  'service-ca-file': { type: 'string' },
  provider: { type: 'string', multiple: true },
  'storage-provider': { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export const importCommand: Command = {
  summary: 'imports everything that a running Jagad lists into the restore service',
  help: `Usage: npx jagad-restore import --from URL --service URL [OPTIONS]

Reads the connections of a running Jagad with their databases, its storage providers, and every backup, even while it
makes and removes backups; then imports them into the restore service. Existing records only get missing fields, so you
may repeat the import. Each record that was skipped or needs your attention is printed with the reason.

  --from URL               Jagad's address in a browser
  --jagad-user NAME        the user to sign in as there (admin)
  --jagad-ca-file PATH     PEM: authorities to trust in addition to this machine's, if its certificate is private
  --service URL            the restore service's address in a browser
  --service-user NAME      an administrator of it (admin)
  --service-ca-file PATH   PEM, as above
  --provider JAGAD=OURS    which storage provider of the service is Jagad's, by their ids; may be repeated. Without it,
                           one with the same bucket is used, or a new one is created
  --storage-provider ID    the service's storage provider for backups whose record does not name one
  --dry-run                only read Jagad's lists and print them; --service is not needed
  --json                   print JSON

Password of Jagad: JAGAD_PASSWORD, or a token in JAGAD_TOKEN; otherwise a prompt. A restart of Jagad
invalidates its tokens: with a password, the import signs in again and continues.
Password of the service: JAGAD_RESTORE_PASSWORD, or a token in JAGAD_RESTORE_TOKEN; otherwise a prompt.
Passwords and tokens are never stored or printed.`,
  run: importLists,
};

async function importLists(args: string[], caller: Caller): Promise<void> {
  const values = readOptions(args, OPTIONS);
  const { signal } = caller;
  if (values.from === undefined)
    throw wrongUsage('--from is missing', 'Give the address of Jagad: --from http://10.0.0.7:8080');
  if (values.service === undefined && !values['dry-run']) {
    throw wrongUsage(
      '--service is missing',
      'Give the address of the restore service, or add --dry-run to only read Jagad.',
    );
  }
  const settings = importSettings(values);
  // refuses a bad address before asking for a password
  const from = readJagadUrl(values.from);
  const jagad = new JagadClient(
    { url: from, caBundle: await certificates('--jagad-ca-file', values['jagad-ca-file']) },
    await credentials('Jagad', from, 'JAGAD', values['jagad-user'], caller),
  );
  const service = values['dry-run'] ? undefined : await openService(values, caller);
  const progress = new ProgressLine(caller.stderr);
  try {
    // reports a wrong password before minutes of reading
    await service?.signIn(signal);
    await jagad.signIn(signal);
    const lists = await readJagadLists(jagad, { signal, onProgress: (at) => progress.show(readingText(at)) });
    progress.clear();
    for (const line of [readLine(lists), ...readingLines(lists)]) say(caller.stderr, line);
    const sum = service && (await send(service, lists, settings, progress, signal));
    progress.clear();
    print(lists, sum, service?.url ?? '', values.json, caller);
  } finally {
    progress.clear();
    jagad.close();
    service?.close();
  }
}

function importSettings(values: {
  provider?: string[] | undefined;
  'storage-provider'?: string | undefined;
}): ImportSettings {
  const providers: Record<string, string> = {};
  for (const pair of values.provider ?? []) {
    const [jagads = '', ours = '', ...more] = pair.split('=').map((one) => one.trim().toLowerCase());
    if (![jagads, ours].every((one) => id.safeParse(one).success) || more.length > 0) {
      throw wrongUsage(
        `--provider ${pair} isn't a pair of ids`,
        "Write Jagad's id, =, and the service's id: --provider JAGAD=OURS.",
      );
    }
    providers[jagads] = ours;
  }
  const storageProvider = values['storage-provider'];
  if (storageProvider !== undefined && !id.safeParse(storageProvider).success) {
    throw wrongUsage("--storage-provider isn't an id", 'List the ids with GET /api/storage-providers of the service.');
  }
  return {
    ...(Object.keys(providers).length > 0 && { providers }),
    ...(storageProvider !== undefined && { storage_provider_id: storageProvider }),
  };
}

async function openService(
  values: { service?: string | undefined; 'service-user': string; 'service-ca-file'?: string | undefined },
  caller: Caller,
): Promise<ServiceClient> {
  const url = readServiceUrl(values.service ?? '');
  const caBundle = await certificates('--service-ca-file', values['service-ca-file']);
  const signIn = await credentials('the restore service', url, 'JAGAD_RESTORE', values['service-user'], caller);
  return new ServiceClient({ url, caBundle }, signIn);
}

/** @throws MalformedRequest if none are given and there is no terminal to ask on. */
async function credentials(
  whose: string,
  url: string,
  prefix: 'JAGAD' | 'JAGAD_RESTORE',
  username: string,
  caller: Caller,
): Promise<JagadCredentials> {
  const { env, stderr } = caller;
  if (isSentInClear(url))
    say(stderr, `note: ${url} is not encrypted: the password or token for ${whose} crosses the network in clear text`);
  const token = env[`${prefix}_TOKEN`];
  if (token) return { token };
  const password = env[`${prefix}_PASSWORD`];
  if (password) return { username, password };
  if (canAsk(caller))
    return { username, password: await askHidden(caller, `Password of ${username} at ${whose} (${url}): `) };
  throw wrongUsage(
    `the password of ${username} at ${whose} is missing`,
    `Set ${prefix}_PASSWORD or ${prefix}_TOKEN, or run the import in a terminal.`,
  );
}

async function certificates(option: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw wrongUsage(`${option} cannot be read: ${error.message}`, 'Check the path.');
  });
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw wrongUsage(`${option} contains no certificate`, 'Use a PEM file.');
  }
  return text;
}

/** How many responses in a row may make no progress. */
const MOST_IDLE_CALLS = 3;

async function send(
  service: ServiceClient,
  lists: JagadLists,
  settings: ImportSettings,
  progress: ProgressLine,
  signal: AbortSignal,
): Promise<ImportSum> {
  const parts = importParts(lists);
  const sent: Parameters<typeof sumOfParts>[0][number][] = [];
  for (const [index, part] of parts.entries()) {
    const answers: ImportPartAnswer[] = [];
    let left = Number.POSITIVE_INFINITY;
    let idle = 0;
    while (left > 0) {
      const rest = left === Number.POSITIVE_INFINITY ? '' : `, ${counted(left, 'backup')} left`;
      progress.show(`importing: part ${index + 1} of ${parts.length}${rest}`);
      const answer = await service.importPart(part.body, settings, signal);
      answers.push(answer);
      idle = answer.backups.left < left ? 0 : idle + 1;
      left = answer.backups.left;
      if (idle >= MOST_IDLE_CALLS) {
        throw new ServiceRefusal(`the restore service makes no progress: ${counted(left, 'backup')} left`, {
          hint: 'Run the import again later: it continues from here.',
        });
      }
    }
    sent.push({ part, answers });
  }
  return sumOfParts(sent);
}

function print(
  lists: JagadLists,
  sum: ImportSum | undefined,
  serviceUrl: string,
  json: boolean,
  { stdout }: Caller,
): void {
  if (json) {
    const { unreadable, warnings, ...read } = lists;
    const result =
      sum === undefined ? { ...read, unreadable, warnings } : { ...sum, unreadable, reading_warnings: warnings };
    say(stdout, JSON.stringify(result, null, 2));
    return;
  }
  const lines = sum === undefined ? listLines(lists) : importLines(lists, sum, serviceUrl);
  for (const line of lines) say(stdout, line);
}

function readingText({ stage, done, round }: JagadProgress): string {
  const what = { connections: 'connection', storage_providers: 'storage provider', backups: 'backup' }[stage];
  return `reading from Jagad: ${counted(done, what)}${round === undefined ? '' : ` (round ${round})`}`;
}

function readLine({ connections, storage_providers, backups }: JagadLists): string {
  return `read from Jagad: ${counted(connections.length, 'connection')}, ${counted(storage_providers.length, 'storage provider')}, ${counted(backups.length, 'backup')}`;
}
