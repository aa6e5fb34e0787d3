/** `Record the outcome` of a plan's entry. */
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { recordOutcome } from '../lib/plans/plan-entries.ts';
import type { EntryInput } from '../lib/plans/plan-states.ts';
import { planHandler } from './plan-states.ts';

const records = openRecords(readEnvironment(RECORD_SETTINGS));

export const handler = planHandler((input: EntryInput) => recordOutcome(records, input));
