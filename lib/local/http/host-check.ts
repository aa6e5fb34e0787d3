import type { Server } from 'node:http';

/**
 * Names of this machine, on any port: behind a tunnel a client knows us by another. A page of another site cannot give
 * itself such a name, whatever address its own name is made to lead to (DNS rebinding).
 */
const OWN_HOST = /^(127\.0\.0\.1|localhost)(:\d{1,5})?$/i;

/** Makes a server refuse what is meant for another host. To be called once its listeners are in place. */
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
