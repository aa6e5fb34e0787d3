/** `Take the next group`: returns the entries of a run that are next, and ends the run if there are none. */
import { readEnvironment } from '../lib/api/environment.ts';
import { openRecords, RECORD_SETTINGS } from '../lib/api/tables.ts';
import { takeNextGroup } from '../lib/plans/next-group.ts';
import type { NextGroupInput } from '../lib/plans/plan-states.ts';
import { openEvents } from '../lib/storage/event-publisher.ts';
import { planHandler } from './plan-states.ts';

const env = readEnvironment([...RECORD_SETTINGS, 'EVENT_BUS_NAME']);
const recorder = { records: openRecords(env), events: openEvents(env) };

export const handler = planHandler((input: NextGroupInput) => takeNextGroup(recorder, input, new Date()));
