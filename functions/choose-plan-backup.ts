/** `Choose the backup` for a plan's entry. */
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { chooseBackup } from '../lib/plans/plan-entries.ts';
import type { EntryInput } from '../lib/plans/plan-states.ts';
import { planHandler } from './plan-states.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS]);
const records = openRecords(env);
const secrets = openSecrets(env);

export const handler = planHandler((input: EntryInput) => chooseBackup(records, secrets, input, new Date()));
