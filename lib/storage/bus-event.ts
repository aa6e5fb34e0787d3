/** The events of EventBridge, as the service puts and receives them; docs/events.md has examples. */
import { z } from 'zod';

/** Of every event that the service itself puts. Nothing that it starts listens to this one: that would be a loop. */
export const OWN_SOURCE = 'jagad-restore';

/** An event as EventBridge delivers it ("AWS service event metadata"), as far as it is read here. */
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
