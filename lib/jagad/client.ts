/**
 * An HTTP client of Jagad's API. It signs in when the first call needs it. Jagad keeps its tokens in memory, so a restart
 * ends them: a call that is answered 401 signs in again once, if the password is known. Calls that the network or a
 * restart broke are made again a few times. It follows no redirect, as the token is for this address alone, and no error
 * or log line holds what it signs in with.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { getCACertificates } from 'node:tls';
import pRetry from 'p-retry';
import { z } from 'zod';
import { JagadError, ServiceError } from '../domain/errors.ts';
import {
  type JagadAddress,
  type JagadCredentials,
  readJagadCredentials,
  readJagadUrl,
} from '../domain/jagad/address.ts';

export interface JagadLimits {
  /** Of one call, from its connection to the last byte of its answer. */
  timeoutMs: number;
  /** Of one answer. A page of 100 backups is about 60 kB. */
  maxBytes: number;
  /** How often a call that broke is made again; waits double from `retryDelayMs`. */
  retries: number;
  retryDelayMs: number;
}

export const JAGAD_LIMITS: JagadLimits = { timeoutMs: 30_000, maxBytes: 16 * 1024 ** 2, retries: 4, retryDelayMs: 500 };

interface Answer {
  status: number;
  location: string | undefined;
  text: string;
}

const loginAnswer = z.object({ token: z.string().min(1) });

/** The connection ended in the middle: a call that only reads may be made again. */
const BROKEN = ['ECONNRESET', 'EPIPE'];
/** What a proxy answers while Jagad restarts. */
const NOT_UP = [502, 503, 504];

export class JagadClient {
  readonly url: string;
  readonly #credentials: JagadCredentials;
  readonly #limits: JagadLimits;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #request: typeof httpRequest;
  #token: string | undefined;
  /** Something answered there before: then a refused connection is a restart, not a wrong address. */
  #hasAnswered = false;

  /** @throws MalformedRequest for an address or credentials that can't be used. */
  constructor(address: JagadAddress, credentials: JagadCredentials, limits: Partial<JagadLimits> = {}) {
    this.url = readJagadUrl(address.url);
    this.#credentials = readJagadCredentials(credentials);
    this.#limits = { ...JAGAD_LIMITS, ...limits };
    if ('token' in this.#credentials) this.#token = this.#credentials.token;
    const isTls = this.url.startsWith('https:');
    const ca = address.caBundle ? { ca: [...getCACertificates('default'), address.caBundle] } : {};
    this.#agent = isTls ? new HttpsAgent({ keepAlive: true, ...ca }) : new HttpAgent({ keepAlive: true });
    this.#request = isTls ? httpsRequest : httpRequest;
  }

  /**
   * Reads `path`, such as `/api/connections`.
   * @throws JagadError; the signal's reason.
   */
  async get<Schema extends z.ZodType>(path: string, schema: Schema, signal?: AbortSignal): Promise<z.output<Schema>> {
    const wasSignedIn = this.#token !== undefined;
    let answer = await this.#call('GET', path, await this.#signedIn(signal), undefined, signal);
    if (answer.status === 401 && wasSignedIn && !('token' in this.#credentials)) {
      this.#token = undefined;
      answer = await this.#call('GET', path, await this.#signedIn(signal), undefined, signal);
    }
    if (answer.status === 401) throw this.#notAllowed(path, answer);
    return this.#read('GET', path, answer, schema);
  }

  /** Closes the connections that are kept for further calls. */
  close(): void {
    this.#agent.destroy();
  }

  async #signedIn(signal: AbortSignal | undefined): Promise<string> {
    if (this.#token !== undefined) return this.#token;
    const path = '/api/auth/login';
    const answer = await this.#call('POST', path, undefined, JSON.stringify(this.#credentials), signal);
    if (answer.status === 401) {
      throw new JagadError(`Jagad refuses the user or the password: ${this.#quoted(answer.text)}`, {
        hint: 'Check both by signing in to Jagad in a browser.',
      });
    }
    const { token } = this.#read('POST', path, answer, loginAnswer);
    // one that no header can hold would throw far from here
    if (!/^[\x21-\x7e]+$/.test(token)) throw this.#notJagad('POST', path, 'answers a token with odd characters');
    this.#token = token;
    return token;
  }

  #notAllowed(path: string, answer: Answer): JagadError {
    if ('token' in this.#credentials) {
      return new JagadError('Jagad refuses the token', {
        hint: 'Tokens end after a day and with each restart of Jagad. Sign in to Jagad for a new one, or give user and password: then the import signs in again by itself.',
      });
    }
    return new JagadError(
      `Jagad accepts the password, but not the token for GET ${path}: ${this.#quoted(answer.text)}`,
      {
        hint: 'Check that no proxy before Jagad takes the Authorization header out, and that Jagad is not restarting all the time.',
      },
    );
  }

  #read<Schema extends z.ZodType>(method: string, path: string, answer: Answer, schema: Schema): z.output<Schema> {
    const { status, location, text } = answer;
    if (status >= 300 && status < 400) {
      const to = location === undefined ? undefined : URL.parse(location, `${this.url}${path}`);
      const where = to ? `${to.origin}${to.pathname}` : 'elsewhere';
      throw new JagadError(`${method} ${this.url}${path} leads to ${where}, which is not followed`, {
        hint: 'Give the address that Jagad itself answers at: its password and token are sent to no other.',
      });
    }
    if (status === 404 || status === 405) throw this.#notJagad(method, path, `answers ${status}`);
    if (status !== 200) {
      throw new JagadError(`${method} ${this.url}${path} answers ${status}: ${this.#quoted(text)}`, {
        hint: status >= 500 ? "Read Jagad's own log, then try again." : 'Check that the address is that of a Jagad.',
      });
    }
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      const what = /^\s*</.test(text) ? 'an HTML page' : 'something that is no JSON';
      throw this.#notJagad(method, path, `answers ${what}`);
    }
    const read = schema.safeParse(body);
    if (!read.success) throw this.#notJagad(method, path, 'answers other JSON than a Jagad does');
    return read.data;
  }

  #notJagad(method: string, path: string, answers: string): JagadError {
    return new JagadError(`this is no Jagad, or not its API: ${method} ${this.url}${path} ${answers}`, {
      hint: `Give the address that Jagad itself answers at: ${this.url}/api/health must answer JSON with its version.`,
    });
  }

  /** What Jagad said, cut, and without what we signed in with, should it be repeated. */
  #quoted(text: string): string {
    const message = z.object({ error: z.string() }).safeParse(jsonOrNothing(text)).data?.error ?? text;
    const password = 'password' in this.#credentials ? this.#credentials.password : undefined;
    const secrets = [password, this.#token].filter((secret) => secret !== undefined);
    const safe = secrets.reduce((said, secret) => said.replaceAll(secret, '…'), message);
    return safe.replace(/\s+/g, ' ').trim().slice(0, 200) || 'nothing more';
  }

  async #call(
    method: 'GET' | 'POST',
    path: string,
    token: string | undefined,
    body: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const { retries, retryDelayMs } = this.#limits;
    try {
      return await pRetry(
        async () => {
          const answer = await this.#send(method, path, token, body, signal);
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

  #isBroken(error: NodeJS.ErrnoException): boolean {
    return BROKEN.includes(error.code ?? '') || (error.code === 'ECONNREFUSED' && this.#hasAnswered);
  }

  #unreachable(error: NodeJS.ErrnoException): JagadError {
    const { code = '', message } = error;
    const { hostname, port, protocol } = new URL(this.url);
    const at = port || (protocol === 'https:' ? '443' : '80');
    return new JagadError(`Jagad cannot be read at ${this.url}: ${message || code}`, {
      hint: hintOf(code, message, hostname, at),
      cause: error,
    });
  }

  /** One request, and the whole of its answer, whatever its status. */
  async #send(
    method: 'GET' | 'POST',
    path: string,
    token: string | undefined,
    body: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Answer> {
    const { timeoutMs } = this.#limits;
    const timeout = AbortSignal.timeout(timeoutMs);
    const ended = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const headers = {
      accept: 'application/json',
      ...(token !== undefined && { authorization: token }),
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        this.#request(`${this.url}${path}`, { method, headers, agent: this.#agent, signal: ended }, resolve)
          .on('error', reject)
          .end(body);
      });
      const { statusCode = 0, headers: answered } = response;
      return { status: statusCode, location: answered.location, text: await this.#textOf(response) };
    } catch (error) {
      signal?.throwIfAborted();
      if (timeout.aborted) {
        throw new JagadError(`Jagad at ${this.url} has not answered ${method} ${path} within ${timeoutMs / 1000} s`, {
          hint: 'Check the address, and that the network leads there; then try again.',
        });
      }
      throw error;
    }
  }

  async #textOf(response: IncomingMessage): Promise<string> {
    const { maxBytes } = this.#limits;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        response.destroy();
        throw new JagadError(`${this.url} answers more than ${Math.floor(maxBytes / 1024)} KiB to one call`, {
          hint: 'Check that the address is that of a Jagad.',
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

function hintOf(code: string, message: string, host: string, port: string): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `No address is known for ${host}: check the address, and the DNS of the network that this runs in.`;
  }
  if (code === 'ECONNREFUSED')
    return `Nothing listens on port ${port} of ${host}: check the address, and that Jagad is up.`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `The certificate is made out to another name than ${host}: use the name in it.`;
  }
  if (code === 'CERT_HAS_EXPIRED') return "Jagad's certificate has expired: renew it.";
  if (/CERT|ISSUER|LEAF_SIGNATURE/.test(code)) {
    return "Give the certificate of the authority that signed Jagad's as the CA bundle.";
  }
  if (code === 'EPROTO' || /wrong version number/.test(message))
    return 'It speaks no TLS there: try http:// instead of https://.';
  if (code.startsWith('HPE_')) return 'It speaks no plain HTTP there: try https:// instead of http://.';
  if (code === 'ECONNRESET')
    return 'It ends the connection: check the address, and whether it begins with http:// or https://.';
  return `Check the address, and that the network leads to port ${port} of ${host}.`;
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
