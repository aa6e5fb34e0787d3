import { randomUUID } from 'node:crypto';
import { matchesPattern } from '../../plans/triggers/event-pattern.ts';
import { isDue } from '../../plans/triggers/schedule.ts';
import { LOCAL_ACCOUNT } from '../../restores/execution/execution-arn.ts';
import type { BusEvent as DeliveredEvent } from '../../storage/bus-event.ts';
import type { LocalInput, LocalRule } from '../stack/template.ts';
import type { LocalCredentials } from './credentials.ts';
import { type ListeningServer, serveJsonService } from './json-service.ts';

/** An event to send. The bus adds the fields that only a delivered event has. */
export type BusEvent = Pick<DeliveredEvent, 'source' | 'detail-type' | 'detail'> & Partial<DeliveredEvent>;

/** The bus to which AWS's own services send their events. */
export const DEFAULT_BUS = 'default';
/** The source of the events that schedules create. */
export const SCHEDULES = 'aws.events';
const MINUTE_MS = 60_000;

/** Delivers events to the targets of the stack's rules, as EventBridge does. */
export class EventBus {
  readonly #rules: LocalRule[];
  readonly #deliver: (targetArn: string, event: DeliveredEvent) => Promise<unknown>;
  readonly #listeners = new Set<(bus: string, event: DeliveredEvent) => void>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #startedAt = new Date();
  #timer: NodeJS.Timeout | undefined;

  constructor(rules: LocalRule[], deliver: (targetArn: string, event: DeliveredEvent) => Promise<unknown>) {
    this.#rules = rules;
    this.#deliver = deliver;
  }

  /** Settles when every target has been called. If a target fails, that is reported, and doesn't affect the others. */
  put(event: BusEvent, bus: string = DEFAULT_BUS): Promise<void> {
    const delivered = delivery(event);
    for (const listener of this.#listeners) listener(bus, delivered);
    return this.#tell(
      this.#rules.filter((rule) => rule.bus === bus && rule.pattern && matchesPattern(rule.pattern, delivered)),
      delivered,
    );
  }

  /**
   * Calls the listener with every event from now on.
   * @returns a function that removes the listener.
   */
  subscribe(listener: (bus: string, event: DeliveredEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls the targets of the rules that are due in a minute. */
  tick(now: Date): Promise<void> {
    const minute = new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS);
    const due = this.#rules.filter(
      ({ schedule }) => schedule !== undefined && isDue(schedule, minute, this.#startedAt),
    );
    const event = { source: SCHEDULES, 'detail-type': 'Scheduled Event', detail: {}, time: minute.toISOString() };
    return this.#tell(due, delivery(event));
  }

  /** Starts checking the rules with schedules every minute. */
  startSchedules(): void {
    const next = () => {
      this.#timer = setTimeout(
        () => {
          void this.tick(new Date());
          next();
        },
        MINUTE_MS - (Date.now() % MINUTE_MS),
      );
      this.#timer.unref();
    };
    next();
  }

  /** Stops checking schedules, and waits for running deliveries. */
  stop(): Promise<void> {
    clearTimeout(this.#timer);
    return this.idle();
  }

  /** Waits for running deliveries. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #tell(rules: LocalRule[], event: DeliveredEvent): Promise<void> {
    const telling = (async () => {
      for (const { targetArns, inputs = {} } of rules) {
        for (const target of targetArns) {
          await this.#deliver(target, inputFor(inputs[target], event)).catch((error: unknown) =>
            console.error(`the target ${target} failed:`, error),
          );
        }
      }
    })();
    this.#underWay.add(telling);
    return telling.finally(() => this.#underWay.delete(telling));
  }
}

/** The event, or the output of the input transformer: each `<variable>` becomes its value's JSON. */
function inputFor(input: LocalInput | undefined, event: DeliveredEvent): DeliveredEvent {
  if (input === undefined) return event;
  const json = input.template.replace(/<([\w-]+)>/g, (_, name: string) => {
    const [, ...fields] = (input.paths[name] ?? '').split('.');
    const value = fields.reduce<unknown>((found, field) => (found as Record<string, unknown>)?.[field], event);
    return JSON.stringify(value ?? null);
  });
  return JSON.parse(json);
}

function delivery(event: BusEvent): DeliveredEvent {
  return { id: randomUUID(), account: LOCAL_ACCOUNT, time: new Date().toISOString(), ...event };
}

interface PutEventsEntry {
  EventBusName?: string;
  Source?: string;
  DetailType?: string;
  Detail?: string;
}

/** Serves the part of EventBridge that is used. Events are delivered after the call, as on AWS. */
export function serveEventBus(events: EventBus, credentials: LocalCredentials): Promise<ListeningServer> {
  return serveJsonService(
    {
      PutEvents: ({ Entries }: { Entries: PutEventsEntry[] }) => {
        const results = Entries.map(({ EventBusName = DEFAULT_BUS, Source, DetailType, Detail }) => {
          const detail = readDetail(Detail);
          if (!Source || !DetailType || detail === undefined) {
            return {
              ErrorCode: 'MalformedDetail',
              ErrorMessage: 'an event needs Source, DetailType, and Detail as JSON',
            };
          }
          const event = delivery({ source: Source, 'detail-type': DetailType, detail });
          // the name, or the ARN that ends with it
          void events.put(event, EventBusName.split('/').at(-1));
          return { EventId: event.id };
        });
        return { Entries: results, FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length };
      },
    },
    { service: 'events', credentials },
  );
}

function readDetail(text = ''): DeliveredEvent['detail'] | undefined {
  try {
    const detail: unknown = JSON.parse(text);
    const isObject = typeof detail === 'object' && detail !== null && !Array.isArray(detail);
    return isObject ? (detail as DeliveredEvent['detail']) : undefined;
  } catch {
    return undefined;
  }
}
