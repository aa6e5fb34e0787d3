import type { Events } from '../../lib/api/services.ts';
import type { StatusChange } from '../../lib/storage/bus-event.ts';

/** A bus that keeps what it is told. */
export class CollectedEvents implements Events {
  readonly told: StatusChange[] = [];

  async publish(change: StatusChange): Promise<void> {
    this.told.push(change);
  }
}
