/**
 * A client for Jagad's API. It signs in when the first call needs it. Jagad keeps its tokens in memory, so a restart
 * invalidates them: if a call gets a 401, it signs in again once, if the password is known. No error or log line
 * contains the credentials, and nothing is sent to an address other than Jagad's own.
 */
import { z } from 'zod';
import { JagadError } from '../../errors/errors.ts';
import { type JagadAddress, type JagadCredentials, readJagadCredentials, readJagadUrl } from './address.ts';
import { type Answer, HttpPeer, type PeerLimits } from './http-peer.ts';

/** A page of 100 backups is about 60 KB. */
export const JAGAD_LIMITS: PeerLimits = { timeoutMs: 30_000, maxBytes: 16 * 1024 ** 2, retries: 4, retryDelayMs: 500 };

const LOGIN = '/api/auth/login';
const loginAnswer = z.object({ token: z.string().min(1) });
/** The characters that a header can contain. */
const TOKEN = /^[\x21-\x7e]+$/;

export class JagadClient {
  readonly url: string;
  readonly #credentials: JagadCredentials;
  readonly #peer: HttpPeer;
  #token: string | undefined;

  /** @throws MalformedRequest for an address or credentials that can't be used. */
  constructor(address: JagadAddress, credentials: JagadCredentials, limits: Partial<PeerLimits> = {}) {
    this.url = readJagadUrl(address.url);
    this.#credentials = readJagadCredentials(credentials);
    if ('token' in this.#credentials) this.#token = this.#credentials.token;
    this.#peer = new HttpPeer(
      { name: 'Jagad', url: this.url, caBundle: address.caBundle },
      { ...JAGAD_LIMITS, ...limits },
      (message, details) => new JagadError(message, details),
    );
  }

  /**
   * Signs in if it has no token yet. Every call does so by itself; call this to find out early whether it works.
   * @throws JagadError; the signal's reason.
   */
  async signIn(signal?: AbortSignal): Promise<void> {
    await this.#signedIn(signal);
  }

  /**
   * Reads `path`, such as `/api/connections`.
   * @throws JagadError; the signal's reason.
   */
  async get<Schema extends z.ZodType>(path: string, schema: Schema, signal?: AbortSignal): Promise<z.output<Schema>> {
    const wasSignedIn = this.#token !== undefined;
    let answer = await this.#peer.call({ method: 'GET', path, authorization: await this.#signedIn(signal) }, signal);
    if (answer.status === 401 && wasSignedIn && !('token' in this.#credentials)) {
      this.#token = undefined;
      answer = await this.#peer.call({ method: 'GET', path, authorization: await this.#signedIn(signal) }, signal);
    }
    if (answer.status === 401) throw this.#notAllowed(path, answer);
    return this.#read('GET', path, answer, schema);
  }

  /** Closes the connections that are kept open for further calls. */
  close(): void {
    this.#peer.close();
  }

  async #signedIn(signal: AbortSignal | undefined): Promise<string> {
    if (this.#token !== undefined) return this.#token;
    const answer = await this.#peer.call({ method: 'POST', path: LOGIN, body: this.#credentials }, signal);
    if (answer.status === 401) {
      throw new JagadError(`Jagad refuses the user or the password: ${this.#quoted(answer.text)}`, {
        hint: 'Check both by signing in to Jagad in a browser.',
      });
    }
    const { token } = this.#read('POST', LOGIN, answer, loginAnswer);
    if (!TOKEN.test(token)) throw this.#notJagad('POST', LOGIN, 'answers a token with odd characters');
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
        hint: 'Check that no proxy in front of Jagad removes the Authorization header, and that Jagad is not restarting all the time.',
      },
    );
  }

  #read<Schema extends z.ZodType>(method: string, path: string, answer: Answer, schema: Schema): z.output<Schema> {
    const { status, location, text } = answer;
    if (status >= 300 && status < 400) {
      const to = location === undefined ? undefined : URL.parse(location, `${this.url}${path}`);
      const where = to ? `${to.origin}${to.pathname}` : 'elsewhere';
      throw new JagadError(`${method} ${this.url}${path} redirects to ${where}, which is not followed`, {
        hint: 'Give the address that Jagad itself answers at: its password and token are sent to no other.',
      });
    }
    if (status === 404 || status === 405) throw this.#notJagad(method, path, `answers ${status}`);
    if (status !== 200) {
      throw new JagadError(`${method} ${this.url}${path} answers ${status}: ${this.#quoted(text)}`, {
        hint: status >= 500 ? "Read Jagad's own log, then try again." : "Check that the address is Jagad's.",
      });
    }
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      const what = /^\s*</.test(text) ? 'an HTML page' : 'something other than JSON';
      throw this.#notJagad(method, path, `answers ${what}`);
    }
    const read = schema.safeParse(body);
    if (!read.success) throw this.#notJagad(method, path, 'answers JSON that a Jagad does not send');
    return read.data;
  }

  #notJagad(method: string, path: string, answers: string): JagadError {
    return new JagadError(`this is not Jagad, or not its API: ${method} ${this.url}${path} ${answers}`, {
      hint: `Give the address that Jagad itself answers at: ${this.url}/api/health must answer JSON with its version.`,
    });
  }

  /** Jagad's message, shortened, and without our credentials in case it repeats them. */
  #quoted(text: string): string {
    const message = z.object({ error: z.string() }).safeParse(jsonOrNothing(text)).data?.error ?? text;
    const password = 'password' in this.#credentials ? this.#credentials.password : undefined;
    const secrets = [password, this.#token].filter((secret) => secret !== undefined);
    const safe = secrets.reduce((said, secret) => said.replaceAll(secret, '…'), message);
    return safe.replace(/\s+/g, ' ').trim().slice(0, 200) || 'nothing more';
  }
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
