/** `Choose the backup` for a plan's entry. */
import { readEnvironment } from '../lib/aws/environment.ts';
import { openRecords, openSecrets, RECORD_SETTINGS, SECRET_SETTINGS } from '../lib/aws/services.ts';
import { chooseBackup } from '../lib/plans/plan-entries.ts';
import type { EntryInput } from '../lib/workflow/plan-states.ts';
import { planHandler } from './plan-states.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS]);
const records = openRecords(env);
const secrets = openSecrets(env);

export const handler = planHandler((input: EntryInput) => chooseBackup(records, secrets, input, new Date()));
