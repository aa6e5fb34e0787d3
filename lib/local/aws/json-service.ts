import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalCredentials } from './credentials.ts';
import { type RequestRefused, SignatureCheck, type SignedService } from './request-signature.ts';
import { ServiceFault } from './service-fault.ts';
import { signedOnly } from './signed-requests.ts';

/** Handles an operation's JSON, whose form the SDK's own types guarantee. */
export type Operation = (input: never) => unknown;

/** Who may call a service, and the service's name in signatures. */
export interface Access {
  service: SignedService;
  credentials: LocalCredentials;
}

export interface ListeningServer {
  url: string;
  close(): Promise<void>;
}

/**
 * Serves operations in AWS's JSON protocol (`X-Amz-Target: <service>.<operation>`) on 127.0.0.1, so that the handlers
 * use the same SDK on this machine as on AWS. Only requests signed with the credentials are served.
 */
export async function serveJsonService(
  operations: Record<string, Operation>,
  access: Access,
): Promise<ListeningServer> {
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
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
  };
  return listen(createServer(signedOnly(serve, signedJson(access))));
}

/** How requests to a service with AWS's JSON protocol are checked and refused. */
export function signedJson({ service, credentials }: Access) {
  return {
    signature: new SignatureCheck(service, credentials),
    format: ({ name, message }: RequestRefused) => ({
      type: 'application/x-amz-json-1.0',
      body: JSON.stringify({ __type: name, message }),
    }),
  };
}

/**
 * Makes a server listen only on this machine, and answer only to this machine's names.
 * @param port 0 for any free one.
 */
export async function listen(server: Server, port = 0, scheme = 'http'): Promise<ListeningServer> {
  refuseForeignHosts(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Names of this machine, with any port, because clients use a different one through a tunnel. A page of another site
 * can't have such a name, whatever address its own name resolves to (DNS rebinding).
 */
const OWN_HOST = /^(127\.0\.0\.1|localhost)(:\d{1,5})?$/i;

/** Makes a server refuse requests for other hosts. Call it after all of the server's listeners have been added. */
function refuseForeignHosts(server: Server): void {
  const listeners = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (OWN_HOST.test(request.headers.host ?? '')) {
      for (const listener of listeners) listener.call(server, request, response);
      return;
    }
    response.writeHead(421, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        error: 'this server does not serve the host that the request names',
        code: 'MISDIRECTED_REQUEST',
        hint: 'Call it as http://127.0.0.1 or http://localhost, with its port.',
      }),
    );
    request.resume();
  });
}
