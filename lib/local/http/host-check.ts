import type { Server } from 'node:http';

/**
 * Names of this machine, on any port: through a tunnel, clients use a different one. A page of another site can't have
 * such a name, whatever address its own name resolves to (DNS rebinding).
 */
const OWN_HOST = /^(127\.0\.0\.1|localhost)(:\d{1,5})?$/i;

/** Makes a server refuse requests for other hosts. Call it once the server's listeners are in place. */
export function refuseForeignHosts(server: Server): void {
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
