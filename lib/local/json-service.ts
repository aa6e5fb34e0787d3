import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An error as AWS's JSON protocol tells it. */
export class ServiceFault extends Error {
  constructor(type: string, message: string) {
    super(message);
    this.name = type;
  }
}

/** Takes the call's JSON, which the SDK's own types have shaped. */
export type Operation = (input: never) => unknown;

export interface ListeningServer {
  url: string;
  close(): Promise<void>;
}

/**
 * Serves operations by AWS's JSON protocol (`X-Amz-Target: <service>.<operation>`) on 127.0.0.1, so that the handlers
 * talk to this machine through the SDK that they use on AWS.
 */
export async function serveJsonService(operations: Record<string, Operation>): Promise<ListeningServer> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(body));
    };
    try {
      const name =
        String(request.headers['x-amz-target'] ?? '')
          .split('.')
          .pop() ?? '';
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (operation === undefined) throw new ServiceFault('UnknownOperationException', `no operation ${name}`);
      answer(200, (await operation(JSON.parse(Buffer.concat(chunks).toString() || '{}') as never)) ?? {});
    } catch (error) {
      const { name, message } = error as Error;
      answer(error instanceof ServiceFault ? 400 : 500, { __type: name, message });
    }
  });
  return listen(server);
}

/** @param port 0 for any free one. */
export async function listen(server: Server, port = 0): Promise<ListeningServer> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
