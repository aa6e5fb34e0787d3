import { describeTimelines, MORE_ALONG } from '../support/timelines.ts';

describeTimelines(MORE_ALONG);
