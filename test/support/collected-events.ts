import type { Events } from '../../lib/aws/services.ts';
import type { StatusChange } from '../../lib/domain/events.ts';

/** A bus that keeps what it is told. */
export class CollectedEvents implements Events {
  readonly told: StatusChange[] = [];

  async publish(change: StatusChange): Promise<void> {
    this.told.push(change);
  }
}
