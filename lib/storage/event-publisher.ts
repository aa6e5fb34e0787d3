import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { logger } from '../telemetry/log.ts';
import { OWN_SOURCE, type StatusChange } from './bus-event.ts';

/** Tells the service's bus what has changed. News are not worth a restore: what the bus does not take is logged. */
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
