/** Requests signed as AWS's SDK signs them, for tests of who may call what on one machine. */
import { createHash, createHmac } from 'node:crypto';
import { request as send } from 'node:http';
import { text } from 'node:stream/consumers';
import { SignatureV4 } from '@smithy/signature-v4';
import type { LocalCredentials } from '../../lib/local/aws/credentials.ts';
import { LOCAL_CREDENTIALS } from './local-credentials.ts';

export interface Request {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string | Buffer | undefined;
}

export interface Signing {
  credentials?: LocalCredentials;
  service?: string;
  at?: Date;
  /** The names in lower case of the only headers that the signature covers. */
  signed?: string[];
  /** Without what only the SDK adds to a URL. */
  plain?: boolean;
}

/** The request with the headers that sign it. `x-amz-content-sha256` is the body's, unless it is given. */
export async function sign(request: Request, signing: Signing = {}): Promise<Request> {
  const { at = new Date(), service = 's3', signed } = signing;
  const { host, pathname, searchParams } = new URL(request.url);
  const headers = { host, 'x-amz-content-sha256': sha256(request.body ?? ''), ...request.headers };
  const unsigned = signed && Object.keys(headers).filter((name) => !signed.includes(name));
  const { headers: all } = await signerOf(service, signing.credentials).sign(
    {
      method: request.method,
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: pathname,
      query: queryOf(searchParams),
      headers,
    },
    { signingDate: at, ...(unsigned === undefined ? {} : { unsignableHeaders: new Set(unsigned) }) },
  );
  return { ...request, headers: all };
}

/** A URL that carries its signature. */
export async function presign(
  url: string,
  expiresIn: number,
  { credentials, at = new Date(), plain = false }: Signing = {},
): Promise<string> {
  const { host, pathname, origin, searchParams } = new URL(url);
  const { query = {} } = await signerOf('s3', credentials).presign(
    {
      ...{ method: 'GET', protocol: 'http:', hostname: '127.0.0.1', path: pathname },
      query: queryOf(searchParams),
      headers: { host, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' },
    },
    {
      expiresIn,
      signingDate: at,
      unsignableHeaders: new Set(['x-amz-content-sha256']),
      ...(plain ? { unhoistableHeaders: new Set(['x-amz-content-sha256']) } : {}),
    },
  );
  const parameters = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(String(value))}`);
  return `${origin}${pathname}?${parameters.join('&')}`;
}

/** As AWS has it, which is stricter than a URL has to be. */
function encoded(part: string): string {
  return encodeURIComponent(part).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Sends it as it is: not as `fetch` does, which sets some headers by itself. */
export async function call({
  method,
  url,
  headers,
  body,
}: Request): Promise<{ status: number; body: string; type: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { method, headers }, async (response) => {
      const answered = await text(response);
      resolve({ status: response.statusCode ?? 0, body: answered, type: response.headers['content-type'] ?? '' });
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

export function sha256(body: string | Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

function queryOf(parameters: URLSearchParams): Record<string, string | string[]> {
  return Object.fromEntries(
    [...parameters.keys()].map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? (values[0] as string) : values];
    }),
  );
}

function signerOf(service: string, credentials: LocalCredentials = LOCAL_CREDENTIALS): SignatureV4 {
  return new SignatureV4({
    service,
    region: 'us-east-1',
    credentials,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
}

class Sha256 {
  readonly #hash;

  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}
