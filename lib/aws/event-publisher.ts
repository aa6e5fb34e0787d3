import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { OWN_SOURCE, type StatusChange } from '../domain/events.ts';
import { logger } from '../telemetry/log.ts';

/**
 * Announces changes on the service's bus. A failed notification must not fail a restore, so an event that the bus
 * doesn't accept is only logged.
 */
export class EventPublisher {
  readonly #client: EventBridgeClient;
  readonly #busName: string;

  constructor(client: EventBridgeClient, busName: string) {
    this.#client = client;
    this.#busName = busName;
  }

  /** Never throws. */
  async publish({ detailType, detail }: StatusChange): Promise<void> {
    try {
      const { Entries = [] } = await this.#client.send(
        new PutEventsCommand({
          Entries: [
            { EventBusName: this.#busName, Source: OWN_SOURCE, DetailType: detailType, Detail: JSON.stringify(detail) },
          ],
        }),
      );
      for (const { ErrorCode, ErrorMessage } of Entries) {
        if (ErrorCode !== undefined) throw new Error(`${ErrorCode}: ${ErrorMessage}`);
      }
    } catch (error) {
      logger.error('an event was not put on the bus', { detail_type: detailType, ...detail, cause: error as Error });
    }
  }
}
