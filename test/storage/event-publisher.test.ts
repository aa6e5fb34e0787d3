import { Logger } from '@aws-lambda-powertools/logger';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventBus, serveEventBus } from '../../lib/local/aws/event-bus.ts';
import { serveJsonService } from '../../lib/local/aws/json-service.ts';
import { openEvents } from '../../lib/storage/event-publisher.ts';
import { LOCAL_CREDENTIALS } from '../support/local-credentials.ts';

const ACCESS = { service: 'events', credentials: LOCAL_CREDENTIALS } as const;
const CHANGE = { detailType: 'Restore Status Change', detail: { restore_id: 'r', status: 'success' } };
const publisherOf = (endpoint: string) =>
  openEvents({ EVENT_BUS_NAME: 'ours' }, { endpoint, region: 'us-east-1', credentials: LOCAL_CREDENTIALS });

describe('the publisher', () => {
  const logged = vi.spyOn(Logger.prototype, 'error');
  beforeEach(() => void logged.mockReset());
  afterEach(() => void logged.mockReset());

  it('puts an event of the service on its own bus', async () => {
    const told: unknown[] = [];
    const events = new EventBus([], async () => {});
    events.subscribe((...what) => told.push(what));
    const server = await serveEventBus(events, LOCAL_CREDENTIALS);
    await publisherOf(server.url).publish(CHANGE);
    await server.close();
    const { detailType, detail } = CHANGE;
    expect(told).toEqual([
      ['ours', expect.objectContaining({ source: 'jagad-restore', 'detail-type': detailType, detail })],
    ]);
    expect(logged).not.toHaveBeenCalled();
  });

  it('logs what cannot be delivered, and does not throw', async () => {
    const server = await serveJsonService({}, ACCESS);
    await server.close();
    await publisherOf(server.url).publish(CHANGE);
    expect(logged).toHaveBeenCalledExactlyOnceWith(
      'an event was not put on the bus',
      expect.objectContaining({ detail_type: CHANGE.detailType, restore_id: 'r', cause: expect.any(Error) }),
    );
  });

  it('logs what the bus refuses', async () => {
    const refusal = { ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' };
    const server = await serveJsonService({ PutEvents: () => ({ Entries: [refusal], FailedEntryCount: 1 }) }, ACCESS);
    await publisherOf(server.url).publish(CHANGE);
    await server.close();
    expect(logged.mock.calls[0]?.[1]).toMatchObject({ cause: new Error('ThrottlingException: Rate exceeded') });
  });
});
