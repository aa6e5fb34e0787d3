/** `Check some databases`: compares the newest dumps of some databases with the databases' own servers. */
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import type { PartInput, PartOutput } from '../lib/backups/scan/job-states.ts';
import { openSecrets, SECRET_SETTINGS } from '../lib/connections/secrets.ts';
import { checkPart } from '../lib/restores/standing-check/check-part.ts';
import type { StandingCheckPart } from '../lib/restores/standing-check/states.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { OWN_BUCKET_SETTINGS, openOwnBucket } from '../lib/storage/objects/own-bucket.ts';
import { jobHandler } from './job-states.ts';

const env = readEnvironment([...RECORD_SETTINGS, ...SECRET_SETTINGS, ...OWN_BUCKET_SETTINGS, 'EVENT_BUS_NAME']);
const records = openRecords(env);
const stores = { secrets: openSecrets(env), own: openOwnBucket(env) };
const checker = { records, stores, events: openEvents(env) };

export const handler = jobHandler(
  records,
  (input: PartInput<StandingCheckPart>): Promise<PartOutput<StandingCheckPart>> => checkPart(checker, input),
);
