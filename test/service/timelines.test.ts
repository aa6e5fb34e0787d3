import { ALONG, describeTimelines } from '../support/timelines.ts';

describeTimelines(ALONG);
