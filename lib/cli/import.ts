/** `import`: gives a restore service what a running Jagad lists. Both are called from the machine that this runs on. */
import { readFile } from 'node:fs/promises';
import { isSentInClear, type JagadCredentials, readJagadUrl } from '../domain/jagad/address.ts';
import { importParts } from '../domain/jagad/import-parts.ts';
import type { JagadLists } from '../domain/jagad/records.ts';
import { id } from '../domain/records.ts';
import { JagadClient } from '../jagad/client.ts';
import { type JagadProgress, readJagadLists } from '../jagad/read-lists.ts';
import { askHidden, canAsk } from './ask.ts';
import { type Caller, say } from './caller.ts';
import { type Command, readOptions, wrongUsage } from './command.ts';
import { counted, type ImportSum, importLines, listLines, readingLines, sumOfParts } from './import-report.ts';
import { ProgressLine } from './progress.ts';
import {
  type ImportPartAnswer,
  type ImportSettings,
  readServiceUrl,
  ServiceClient,
  ServiceRefusal,
} from './service-client.ts';

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
  summary: 'gives the restore service all that a running Jagad lists',
  help: `Usage: npx jagad-restore import --from URL --service URL [OPTIONS]

Reads the connections of a running Jagad with their databases, its storage providers, and every backup, also while it
makes and removes some; then imports them into the restore service. What is there already gets what it lacks, so you
may repeat the import. Each record that isn't taken, or that you have to look at, is printed with the reason.

  --from URL               Jagad, as it is opened in a browser
  --jagad-user NAME        who signs in there (admin)
  --jagad-ca-file PATH     PEM: whom to trust besides what this machine trusts, for a certificate of your own
  --service URL            the restore service, as its pages are opened in a browser
  --service-user NAME      an administrator of it (admin)
  --service-ca-file PATH   PEM, as above
  --provider JAGAD=OURS    which storage provider of the service is Jagad's, by their ids; may be repeated. Without it,
                           one with the same bucket is taken, or a new one is made
  --storage-provider ID    of the service: where backups lie whose record names none
  --dry-run                only read Jagad's lists, and print them; --service is not needed
  --json                   print JSON

Password of Jagad: JAGAD_PASSWORD, or a token in JAGAD_TOKEN; else it is asked for on the terminal. A restart of Jagad
ends its tokens: with a password, the import signs in again and goes on.
Password of the service: JAGAD_RESTORE_PASSWORD, or a token in JAGAD_RESTORE_TOKEN; else it is asked for.
None of them is stored or printed.`,
  run: importLists,
};

async function importLists(args: string[], caller: Caller): Promise<void> {
  const values = readOptions(args, OPTIONS);
  const { signal } = caller;
  if (values.from === undefined)
    throw wrongUsage('--from is missing', 'Say where Jagad is: --from http://10.0.0.7:8080');
  if (values.service === undefined && !values['dry-run']) {
    throw wrongUsage('--service is missing', 'Say where the restore service is, or --dry-run to read Jagad alone.');
  }
  const settings = importSettings(values);
  // the address is refused before a password is asked for
  const from = readJagadUrl(values.from);
  const jagad = new JagadClient(
    { url: from, caBundle: await certificates('--jagad-ca-file', values['jagad-ca-file']) },
    await credentials('Jagad', from, 'JAGAD', values['jagad-user'], caller),
  );
  const service = values['dry-run'] ? undefined : await openService(values, caller);
  const progress = new ProgressLine(caller.stderr);
  try {
    // a wrong password is told before minutes of reading
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
        `--provider ${pair} is not two ids`,
        "Write Jagad's id, =, and the id that the service has for it.",
      );
    }
    providers[jagads] = ours;
  }
  const storageProvider = values['storage-provider'];
  if (storageProvider !== undefined && !id.safeParse(storageProvider).success) {
    throw wrongUsage('--storage-provider is no id', 'GET /api/storage-providers of the service lists them.');
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

/** @throws MalformedRequest if none are given, and no one can be asked. */
async function credentials(
  whose: string,
  url: string,
  prefix: 'JAGAD' | 'JAGAD_RESTORE',
  username: string,
  caller: Caller,
): Promise<JagadCredentials> {
  const { env, stderr } = caller;
  if (isSentInClear(url))
    say(stderr, `note: ${url} is not encrypted: what signs in to ${whose} crosses the network in clear`);
  const token = env[`${prefix}_TOKEN`];
  if (token) return { token };
  const password = env[`${prefix}_PASSWORD`];
  if (password) return { username, password };
  if (canAsk(caller))
    return { username, password: await askHidden(caller, `Password of ${username} at ${whose} (${url}): `) };
  throw wrongUsage(
    `there is no password of ${username} at ${whose}`,
    `Set ${prefix}_PASSWORD or ${prefix}_TOKEN, or run it on a terminal.`,
  );
}

async function certificates(option: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw wrongUsage(`${option} cannot be read: ${error.message}`, 'Check the path.');
  });
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw wrongUsage(`${option} holds no certificate`, 'Name a file in PEM.');
  }
  return text;
}

/** How often in a row an answer may leave as much as the one before. */
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
        throw new ServiceRefusal(`the restore service does not get on: ${counted(left, 'backup')} are left`, {
          hint: 'Run the import again later: it goes on from here.',
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
