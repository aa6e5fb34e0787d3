import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ListeningServer, serveJsonService } from '../../../lib/local/aws/json-service.ts';
import { ServiceFault } from '../../../lib/local/aws/service-fault.ts';
import { LOCAL_CREDENTIALS } from '../../support/local-credentials.ts';
import { type Signing, call as send, sign } from '../../support/signed-request.ts';

const ACCESS = { service: 'states', credentials: LOCAL_CREDENTIALS } as const;

let server: ListeningServer;
beforeAll(async () => {
  server = await serveJsonService(
    {
      Echo: (input: unknown) => input,
      Later: async ({ ms }: { ms: number }) => {
        await new Promise((resolve) => setTimeout(resolve, ms));
        return { waited: ms };
      },
      Nothing: () => undefined,
      Refuse: () => {
        throw new ServiceFault('ExecutionAlreadyExists', 'there is one');
      },
      Break: async () => {
        throw new TypeError('a fault of ours');
      },
    },
    ACCESS,
  );
});
afterAll(() => server.close());

async function call(target: string | undefined, body?: string, signing: Signing = {}) {
  const headers: Record<string, string> = target === undefined ? {} : { 'x-amz-target': target };
  const request = await sign(
    { method: 'POST', url: `${server.url}/`, headers, body },
    { service: 'states', ...signing },
  );
  const answer = await send(request);
  return { ...answer, body: JSON.parse(answer.body) };
}
const type = 'application/x-amz-json-1.0';

describe('AWS’s JSON protocol', () => {
  it('an operation gets its input and answers, at once or later', async () => {
    expect(await call('AWSStepFunctions.Echo', '{"a":[1,"é"]}')).toEqual({ status: 200, type, body: { a: [1, 'é'] } });
    expect(await call('a.b.Echo')).toMatchObject({ status: 200, body: {} });
    expect(await call('x.Later', '{"ms":20}')).toMatchObject({ status: 200, body: { waited: 20 } });
    expect(await call('x.Nothing')).toMatchObject({ status: 200, body: {} });
  });

  it('a fault that the caller can act on is a 400 with its type', async () => {
    expect(await call('x.Refuse')).toEqual({
      status: 400,
      type,
      body: { __type: 'ExecutionAlreadyExists', message: 'there is one' },
    });
  });

  it.each([undefined, '', 'x.Unknown', 'x.toString', 'x.constructor', 'x.__proto__'])(
    "%s isn't an operation",
    async (target) => {
      expect(await call(target)).toMatchObject({ status: 400, body: { __type: 'UnknownOperationException' } });
    },
  );

  it('any other error is a 500, which the SDK treats as a server error', async () => {
    expect(await call('x.Break')).toMatchObject({ status: 500, body: { __type: 'TypeError' } });
    expect(await call('x.Echo', '{"a":')).toMatchObject({ status: 500, body: { __type: 'SyntaxError' } });
  });

  it('listens only on this machine', () => expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/));

  it('a closed server no longer answers, even on open connections', async () => {
    const closing = await serveJsonService({ Hang: () => new Promise(() => {}) }, ACCESS);
    const request = { method: 'POST', url: `${closing.url}/`, headers: { 'x-amz-target': 'x.Hang' } };
    const hanging = send(await sign(request, { service: 'states' }));
    hanging.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    await closing.close();
    await expect(hanging).rejects.toThrow();
    await expect(fetch(closing.url)).rejects.toThrow();
  });
});
