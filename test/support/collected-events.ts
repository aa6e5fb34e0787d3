import type { StatusChange } from '../../lib/storage/bus-event.ts';
import type { Events } from '../../lib/storage/event-publisher.ts';

/** A bus that keeps the events that it gets. */
export class CollectedEvents implements Events {
  readonly told: StatusChange[] = [];

  async publish(change: StatusChange): Promise<void> {
    this.told.push(change);
  }
}
