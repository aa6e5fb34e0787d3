/**
 * A client for a JSON server over HTTP, with time-outs, limited responses, and its own CA bundle. It retries calls that
 * the network or a restart interrupted, a few times. It follows no redirects.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { getCACertificates } from 'node:tls';
import pRetry from 'p-retry';
import { ServiceError } from '../../errors/errors.ts';

export interface PeerLimits {
  /** The time-out for one call, from connecting to the last byte of the response. */
  timeoutMs: number;
  /** The maximum size of one response. */
  maxBytes: number;
  /** How often to retry an interrupted call. The wait doubles each time, starting at `retryDelayMs`. */
  retries: number;
  retryDelayMs: number;
}

export interface Peer {
  /** Its name in messages: `Jagad`. */
  name: string;
  /** Without a trailing slash. */
  url: string;
  /** PEM: certificate authorities to trust in addition to the machine's. */
  caBundle?: string | null | undefined;
}

export interface Call {
  method: 'GET' | 'POST';
  path: string;
  authorization?: string | undefined;
  /** Sent as JSON. */
  body?: unknown;
}

/** The response, whatever its status. */
export interface Answer {
  status: number;
  location: string | undefined;
  text: string;
}

type Fail = (message: string, details: { hint: string; cause?: unknown }) => ServiceError;

/** The connection ended before the response was complete. */
const BROKEN = ['ECONNRESET', 'EPIPE'];
/** What a proxy returns while the server restarts. */
const NOT_UP = [502, 503, 504];

export class HttpPeer {
  readonly #peer: Peer;
  readonly #limits: PeerLimits;
  readonly #fail: Fail;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #request: typeof httpRequest;
  /** Whether the server has answered before: then a refused connection means a restart, not a wrong address. */
  #hasAnswered = false;

  /** @param fail creates the errors that are thrown. */
  constructor(peer: Peer, limits: PeerLimits, fail: Fail) {
    this.#peer = peer;
    this.#limits = limits;
    this.#fail = fail;
    const isTls = peer.url.startsWith('https:');
    const ca = peer.caBundle ? { ca: [...getCACertificates('default'), peer.caBundle] } : {};
    this.#agent = isTls ? new HttpsAgent({ keepAlive: true, ...ca }) : new HttpAgent({ keepAlive: true });
    this.#request = isTls ? httpsRequest : httpRequest;
  }

  /**
   * Makes a call that is safe to repeat.
   * @throws the result of `fail` if there is no response; the signal's reason.
   */
  async call(call: Call, signal?: AbortSignal): Promise<Answer> {
    const { retries, retryDelayMs } = this.#limits;
    try {
      return await pRetry(
        async () => {
          const answer = await this.#send(call, signal);
          if (NOT_UP.includes(answer.status)) throw new NotUp(answer);
          this.#hasAnswered = true;
          return answer;
        },
        {
          retries,
          minTimeout: retryDelayMs,
          ...(signal && { signal }),
          shouldRetry: ({ error }) => error instanceof NotUp || this.#isBroken(error),
        },
      );
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof NotUp) return error.answer;
      if (error instanceof ServiceError) throw error;
      throw this.#unreachable(error as NodeJS.ErrnoException);
    }
  }

  /** Closes the connections that are kept open for further calls. */
  close(): void {
    this.#agent.destroy();
  }

  #isBroken(error: NodeJS.ErrnoException): boolean {
    return BROKEN.includes(error.code ?? '') || (error.code === 'ECONNREFUSED' && this.#hasAnswered);
  }

  #unreachable(error: NodeJS.ErrnoException): ServiceError {
    const { name, url } = this.#peer;
    return this.#fail(`${name} cannot be reached at ${url}: ${error.message || error.code}`, {
      hint: hintOf(error, name, new URL(url)),
      cause: error,
    });
  }

  /** Sends one request, and reads the whole response. */
  async #send({ method, path, authorization, body }: Call, signal: AbortSignal | undefined): Promise<Answer> {
    const { name, url } = this.#peer;
    const { timeoutMs } = this.#limits;
    const timeout = AbortSignal.timeout(timeoutMs);
    const ended = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      accept: 'application/json',
      ...(authorization !== undefined && { authorization }),
      ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        this.#request(`${url}${path}`, { method, headers, agent: this.#agent, signal: ended }, resolve)
          .on('error', reject)
          .end(text);
      });
      const { statusCode = 0, headers: answered } = response;
      return { status: statusCode, location: answered.location, text: await this.#textOf(response) };
    } catch (error) {
      signal?.throwIfAborted();
      if (timeout.aborted) {
        throw this.#fail(`${name} at ${url} has not answered ${method} ${path} within ${timeoutMs / 1000} s`, {
          hint: 'Check the address, and that the network can reach it; then try again.',
        });
      }
      throw error;
    }
  }

  async #textOf(response: IncomingMessage): Promise<string> {
    const { name, url } = this.#peer;
    const { maxBytes } = this.#limits;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        throw this.#fail(`${url} answers more than ${Math.floor(maxBytes / 1024)} KiB to one call`, {
          hint: `Check that the address is that of ${name}.`,
        });
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

class NotUp extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`answered ${answer.status}`);
    this.answer = answer;
  }
}

function hintOf({ code = '', message }: NodeJS.ErrnoException, name: string, url: URL): string {
  const { hostname, port, protocol } = url;
  const at = port || (protocol === 'https:' ? '443' : '80');
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `Check the address, and the DNS of the network that this runs in: it has no address for ${hostname}.`;
  }
  if (code === 'ECONNREFUSED')
    return `Check the address, and start ${name}: nothing listens on port ${at} of ${hostname}.`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `Use the name in the certificate: it is not made out to ${hostname}.`;
  }
  if (code === 'CERT_HAS_EXPIRED') return `Renew the certificate of ${name}: it has expired.`;
  if (/CERT|ISSUER|LEAF_SIGNATURE/.test(code)) {
    return 'Give the certificate of the authority that signed its certificate as the CA bundle.';
  }
  if (code === 'EPROTO' || /wrong version number/.test(message)) {
    return 'Try http:// instead of https://: it does not speak TLS there.';
  }
  if (code.startsWith('HPE_')) return 'Try https:// instead of http://: it does not speak plain HTTP there.';
  if (code === 'ECONNRESET') {
    return 'Check the address, and whether it begins with http:// or https://: the connection was closed.';
  }
  return `Check the address, and that the network reaches port ${at} of ${hostname}.`;
}
