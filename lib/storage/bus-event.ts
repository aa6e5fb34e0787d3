/** EventBridge's events, as the service sends and receives them; docs/events.md has examples. */
import { z } from 'zod';

/**
 * The source of every event that the service itself sends. Nothing in the service listens to it: that would be a loop.
 */
export const OWN_SOURCE = 'jagad-restore';

/** The part of an EventBridge event ("AWS service event metadata") that is used here. */
export const busEvent = z.looseObject({
  id: z.string().min(1).max(200),
  source: z.string(),
  'detail-type': z.string(),
  account: z.string(),
  time: z.iso.datetime(),
  detail: z.record(z.string(), z.unknown()),
});
export type BusEvent = z.infer<typeof busEvent>;

export interface StatusChange {
  detailType: string;
  detail: Record<string, unknown>;
}
