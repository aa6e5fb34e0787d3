/** Calls the restore service as any user does: over HTTP, with a session of its own. */
import { z } from 'zod';
import { readBaseUrl } from '../backups/jagad/address.ts';
import { type Answer, type Call, HttpPeer, type PeerLimits } from '../backups/jagad/http-peer.ts';
import type { ImportPart } from '../backups/jagad/import-parts.ts';
import { ServiceError } from '../errors/errors.ts';
import { wrongUsage } from './command.ts';

/** The service refused a call, or can't be reached. */
export class ServiceRefusal extends ServiceError {
  readonly code = 'SERVICE_REFUSAL';
}

export type ServiceCredentials = { username: string; password: string } | { token: string };

export interface ServiceAddress {
  url: string;
  /** PEM: certificate authorities to trust in addition to the machine's. */
  caBundle?: string | undefined;
}

/** What an import says about one record: why it was skipped, or a warning. */
const said = z.array(z.object({ id: z.string(), reason: z.string() }));
const counts = z.object({ created: z.number(), known: z.number() });
const importAnswer = z.object({
  storage_providers: counts,
  connections: counts,
  backups: counts.extend({ filled: z.number(), corrected: z.number(), left: z.number() }),
  skipped: said,
  warnings: said,
  verification_job: z.string().nullable(),
});
export type ImportPartAnswer = z.infer<typeof importAnswer>;

/** What a call sends in addition to Jagad's lists. */
export interface ImportSettings {
  /** The storage provider for backups whose record names none. */
  storage_provider_id?: string;
  /** Which of the service's storage providers stands for each of Jagad's, by Jagad's ids. */
  providers?: Record<string, string>;
}

const LOGIN = '/api/auth/login';
const loginAnswer = z.object({ token: z.string().regex(/^[\x21-\x7e]+$/) });
const errorAnswer = z.object({ error: z.string(), hint: z.string().optional() });

/** A call of the import may take up to 20 s. */
const LIMITS: PeerLimits = { timeoutMs: 60_000, maxBytes: 64 * 1024 ** 2, retries: 4, retryDelayMs: 500 };

export class ServiceClient {
  readonly url: string;
  readonly #credentials: ServiceCredentials;
  readonly #peer: HttpPeer;
  #token: string | undefined;

  /** @throws MalformedRequest for an address or credentials that can't be used. */
  constructor(address: ServiceAddress, credentials: ServiceCredentials, limits: Partial<PeerLimits> = {}) {
    this.url = readServiceUrl(address.url);
    this.#credentials = credentials;
    if ('token' in credentials) this.#token = readToken(credentials.token);
    this.#peer = new HttpPeer(
      { name: 'the restore service', url: this.url, caBundle: address.caBundle },
      { ...LIMITS, ...limits },
      (message, details) => new ServiceRefusal(message, details),
    );
  }

  /**
   * Signs in, and checks that the session is valid.
   * @throws ServiceRefusal; the signal's reason.
   */
  async signIn(signal?: AbortSignal): Promise<void> {
    await this.#call({ method: 'GET', path: '/api/auth/check' }, z.object({}), signal);
  }

  /**
   * Sends one part of an import. If it is sent again, nothing is imported twice.
   * @throws ServiceRefusal; the signal's reason.
   */
  async importPart(part: ImportPart, settings: ImportSettings, signal?: AbortSignal): Promise<ImportPartAnswer> {
    const call: Call = { method: 'POST', path: '/api/backups/import', body: { ...settings, ...part } };
    return this.#call(call, importAnswer, signal);
  }

  /** Closes the connections that are kept open for further calls. */
  close(): void {
    this.#peer.close();
  }

  async #call<Schema extends z.ZodType>(
    call: Call,
    schema: Schema,
    signal: AbortSignal | undefined,
  ): Promise<z.output<Schema>> {
    const wasSignedIn = this.#token !== undefined;
    let answer = await this.#signedCall(call, signal);
    // the session has ended in the meantime
    if (answer.status === 401 && wasSignedIn && !('token' in this.#credentials)) {
      this.#token = undefined;
      answer = await this.#signedCall(call, signal);
    }
    return this.#read(call, answer, schema);
  }

  async #signedCall(call: Call, signal: AbortSignal | undefined): Promise<Answer> {
    if (this.#token === undefined) {
      const login: Call = { method: 'POST', path: LOGIN, body: this.#credentials };
      this.#token = this.#read(login, await this.#peer.call(login, signal), loginAnswer).token;
    }
    return this.#peer.call({ ...call, authorization: `Bearer ${this.#token}` }, signal);
  }

  #read<Schema extends z.ZodType>({ method, path }: Call, answer: Answer, schema: Schema): z.output<Schema> {
    const body = jsonOrNothing(answer.text);
    if (answer.status === 200) {
      const read = schema.safeParse(body);
      if (read.success) return read.data;
    }
    const told = errorAnswer.safeParse(body);
    if (answer.status !== 200 && told.success) {
      const { error, hint } = told.data;
      throw new ServiceRefusal(`the restore service returned ${answer.status}: ${error}`, { ...(hint && { hint }) });
    }
    throw new ServiceRefusal(
      `no restore service that can import answers at ${this.url}: ${method} ${path} returned ${answer.status}`,
      { hint: "Check --service: it must be the address of the restore service's pages." },
    );
  }
}

/** @throws MalformedRequest */
export function readServiceUrl(text: string): string {
  return readBaseUrl(text, 'the restore service');
}

function readToken(text: string): string {
  const token = text.trim().replace(/^Bearer\s+/i, '');
  if (!/^[\x21-\x7e]+$/.test(token)) throw wrongUsage("JAGAD_RESTORE_TOKEN isn't a token", 'Copy it again.');
  return token;
}

function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
