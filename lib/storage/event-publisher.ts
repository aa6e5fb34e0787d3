import { EventBridgeClient, type EventBridgeClientConfig, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { logger } from '../telemetry/log.ts';
import { OWN_SOURCE, type StatusChange } from './bus-event.ts';

/**
 * Announces changes on the service's bus. A failed notification must not fail a restore, so if the bus doesn't accept
 * an event, that is only logged.
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

/** An event must not delay a restore: if the bus doesn't answer within seconds, give up. */
const EVENTS_CONFIG = { maxAttempts: 2, requestHandler: { connectionTimeout: 2000, requestTimeout: 3000 } };

/** @param config if EventBridge isn't the one that the environment points to. */
export function openEvents(env: { EVENT_BUS_NAME: string }, config: EventBridgeClientConfig = {}): EventPublisher {
  return new EventPublisher(new EventBridgeClient({ ...EVENTS_CONFIG, ...config }), env.EVENT_BUS_NAME);
}
export type Events = Pick<EventPublisher, 'publish'>;

/** What code needs to record a change and announce it. */
export interface Recorder<Tables> {
  records: Tables;
  events: Events;
}
