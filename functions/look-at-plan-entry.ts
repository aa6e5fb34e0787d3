/** `Look at all, touch nothing`: the dry run of a plan's entry. */

import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { lookAtEntry } from '../lib/plans/look-at-entry.ts';
import type { EntryInput } from '../lib/plans/plan-states.ts';
import { OWN_BUCKET_SETTINGS, openOwnBucket } from '../lib/storage/objects/own-bucket.ts';
import { planHandler } from './plan-states.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, ...OWN_BUCKET_SETTINGS]);
const records = openRecords(env);
const stores = { secrets: openSecrets(env), own: openOwnBucket(env) };

export const handler = planHandler((input: EntryInput) => lookAtEntry(records, stores, input, new Date()));
