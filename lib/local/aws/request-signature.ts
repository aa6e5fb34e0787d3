/**
 * Checks AWS's Signature Version 4 for the local services that replace AWS's own. It signs the request again, with
 * AWS's own code and with the date, region, signed headers and body hash that the request states. The signature is
 * right if the result is the same.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, type Hash, type Hmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { LocalCredentials } from './credentials.ts';

/** The service's name in a signature's credential scope. */
export type SignedService = 'dynamodb' | 'events' | 'monitoring' | 's3' | 'secretsmanager' | 'states';

/** Everything in a request except its body. */
export interface RequestHead {
  method?: string | undefined;
  /** Path and query, exactly as they were sent. */
  url?: string | undefined;
  headers: IncomingHttpHeaders;
}

/** A request that is refused. The error's name is the one that AWS uses. */
export class RequestRefused extends Error {
  readonly status: number;

  constructor(code: string, message: string, status = 403) {
    super(message);
    this.name = code;
    this.status = status;
  }
}

/** On one machine, a request arrives within this time after it was signed. AWS's own services allow the same. */
const MAX_AGE_MS = 5 * 60_000;
/** AWS's own limit. */
const MAX_EXPIRES_SECONDS = 7 * 24 * 3600;
const ALGORITHM = 'AWS4-HMAC-SHA256';
const HASH_HEADER = 'x-amz-content-sha256';
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
const SHA256_HEX = /^[0-9a-f]{64}$/;

type Query = Record<string, string | string[]>;

/** What a request states about its signature: who signed it, what, and when. */
interface Claim {
  credential: string;
  /** `20261122T030405Z` */
  date: string;
  /** Names in lower case. */
  signedHeaders: string[];
  /** Hex. */
  signature: string;
}

export class SignatureCheck {
  readonly #service: SignedService;
  readonly #credentials: LocalCredentials;
  readonly #signer: SignatureV4;

  constructor(service: SignedService, credentials: LocalCredentials) {
    this.#service = service;
    this.#credentials = credentials;
    this.#signer = new SignatureV4({
      service,
      region: 'us-east-1',
      credentials,
      sha256: Sha256,
      uriEscapePath: service !== 's3', // S3 signs a path exactly as it is sent
    });
  }

  /**
   * @returns the hex SHA-256 that the body must have; undefined if the signature doesn't cover the body.
   * @throws RequestRefused
   */
  async check(head: RequestHead, now: Date): Promise<string | undefined> {
    const [path = '/', ...rest] = (head.url ?? '/').split('?');
    const query = readQuery(rest.join('?'));
    if ('X-Amz-Algorithm' in query) return this.#checkPresigned(head, path, query, now);
    return this.#checkSigned(head, path, query, now);
  }

  async #checkSigned(head: RequestHead, path: string, query: Query, now: Date): Promise<string | undefined> {
    const { headers } = head;
    if (headers.authorization === undefined) throw unsigned(this.#service);
    const claim = readAuthorization(headers.authorization, String(headers['x-amz-date'] ?? ''));
    const scope = this.#scopeOf(claim);
    const signedAt = readDate(claim.date);
    if (Math.abs(now.getTime() - signedAt.getTime()) > MAX_AGE_MS) {
      throw new RequestRefused(
        'RequestTimeTooSkewed',
        'The request was signed more than five minutes ago, or its time is in the future: check the clock',
      );
    }
    const hash = String(headers[HASH_HEADER] ?? '');
    if (hash.startsWith('STREAMING-')) {
      throw new RequestRefused(
        'NotImplemented',
        'Chunked bodies (aws-chunked) are not supported: send the body as a whole, with its SHA-256',
        501,
      );
    }
    if (!SHA256_HEX.test(hash) && !(hash === UNSIGNED_PAYLOAD && this.#service === 's3')) {
      throw malformed(`The header ${HASH_HEADER} must be the SHA-256 of the body in hex`);
    }
    const request = { ...requestOf(head, path, query), headers: signedHeadersOf(headers, claim.signedHeaders) };
    const { headers: again } = await this.#signer.sign(request, {
      signingDate: signedAt,
      signingRegion: scope.region,
      signableHeaders: new Set(claim.signedHeaders),
    });
    const { signature } = readAuthorization(String(again.authorization), claim.date);
    if (!isSame(signature, claim.signature)) throw mismatch();
    return hash === UNSIGNED_PAYLOAD ? undefined : hash;
  }

  /** Checks a URL that contains its signature, in S3's form. */
  async #checkPresigned(head: RequestHead, path: string, query: Query, now: Date): Promise<undefined> {
    if (this.#service !== 's3' || head.headers.authorization !== undefined)
      throw malformed('Sign the request with the Authorization header only');
    const {
      'X-Amz-Algorithm': algorithm,
      'X-Amz-Credential': credential,
      'X-Amz-Date': date,
      'X-Amz-Expires': expires,
      'X-Amz-SignedHeaders': signed,
      'X-Amz-Signature': given,
      ...others
    } = query;
    const texts = [algorithm, credential, date, expires, signed, given];
    if (!texts.every((text) => typeof text === 'string') || algorithm !== ALGORITHM) {
      throw malformed('A presigned URL must contain each of its X-Amz parameters once');
    }
    const claim = {
      credential: String(credential),
      date: String(date),
      signedHeaders: String(signed).split(';'),
      signature: String(given),
    };
    const scope = this.#scopeOf(claim);
    const signedAt = readDate(claim.date);
    const seconds = Number(expires);
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_EXPIRES_SECONDS) {
      throw malformed('X-Amz-Expires must be a number of seconds between 1 and 604800 (a week)');
    }
    const age = now.getTime() - signedAt.getTime();
    if (age < -MAX_AGE_MS || age > seconds * 1000) throw new RequestRefused('AccessDenied', 'Request has expired');

    // the SDK includes the hash among the parameters, but other signers leave it out
    const [hashName, hash] = Object.entries(others).find(([name]) => name.toLowerCase() === HASH_HEADER) ?? [];
    if (hash !== undefined && hash !== UNSIGNED_PAYLOAD)
      throw malformed('A presigned URL must leave its body unsigned');
    if (hashName !== undefined) delete others[hashName];
    const isNamed = hashName !== undefined;
    const headers = signedHeadersOf(head.headers, claim.signedHeaders);
    const { query: again = {} } = await this.#signer.presign(
      { ...requestOf(head, path, others), headers: { ...headers, [hashName ?? HASH_HEADER]: UNSIGNED_PAYLOAD } },
      {
        expiresIn: seconds,
        signingDate: signedAt,
        signingRegion: scope.region,
        signableHeaders: new Set(claim.signedHeaders),
        unhoistableHeaders: new Set([...claim.signedHeaders, ...(isNamed ? [] : [HASH_HEADER])]),
        unsignableHeaders: new Set([HASH_HEADER]),
      },
    );
    if (!isSame(String(again['X-Amz-Signature']), claim.signature)) throw mismatch();
    return undefined;
  }

  /** `<access key>/<date>/<region>/<service>/aws4_request` */
  #scopeOf({ credential, date }: Claim): { region: string } {
    const [accessKeyId = '', day, region = '', service, end, ...more] = credential.split('/');
    if (!isSame(accessKeyId, this.#credentials.accessKeyId)) {
      const code = this.#service === 's3' ? 'InvalidAccessKeyId' : 'UnrecognizedClientException';
      throw new RequestRefused(
        code,
        'The access key is not valid. Each start of the service creates a new one: use the current one',
      );
    }
    if (day !== date.slice(0, 8) || service !== this.#service || end !== 'aws4_request' || more.length > 0) {
      throw malformed(`The scope of the credential must be <date>/<region>/${this.#service}/aws4_request`);
    }
    return { region };
  }
}

function requestOf({ method = 'GET' }: RequestHead, path: string, query: Query) {
  return { method, protocol: 'http:', hostname: '127.0.0.1', path, query };
}

/** `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…` */
function readAuthorization(authorization: string, date: string): Claim {
  const [, credential, signed, signature] =
    /^AWS4-HMAC-SHA256 +Credential=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/.exec(
      authorization,
    ) ?? [];
  if (credential === undefined || signed === undefined || signature === undefined) {
    throw malformed(`The header Authorization must be ${ALGORITHM} with Credential, SignedHeaders and Signature`);
  }
  return { credential, date, signedHeaders: signed.split(';'), signature };
}

/**
 * The signed headers.
 * @throws RequestRefused if a relevant header isn't signed.
 */
function signedHeadersOf(headers: IncomingHttpHeaders, names: string[]): Record<string, string> {
  const open = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))].filter(
    (name) => !names.includes(name),
  );
  if (open.length > 0) throw mismatch(`These headers must be signed, but are not: ${open.join(', ')}`);
  const missing = names.filter((name) => headers[name] === undefined);
  if (missing.length > 0)
    throw mismatch(`These headers are signed, but missing from the request: ${missing.join(', ')}`);
  return Object.fromEntries(names.map((name) => [name, String(headers[name])]));
}

function readDate(text: string): Date {
  const [, y, month, d, h, min, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const date = new Date(`${y}-${month}-${d}T${h}:${min}:${s}Z`);
  if (Number.isNaN(date.getTime())) throw malformed('X-Amz-Date must be a time such as 20261122T030405Z');
  return date;
}

/** If a name occurs more than once, it has all its values. */
function readQuery(text: string): Query {
  const query: Query = {};
  for (const part of text.split('&').filter((one) => one !== '')) {
    const [name = '', ...value] = part.split('=');
    const [key, item] = [decoded(name), decoded(value.join('='))];
    const known = Object.hasOwn(query, key) ? [query[key] as string | string[]].flat() : [];
    Object.defineProperty(query, key, {
      value: known.length === 0 ? item : [...known, item],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return query;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed('The query string is not URL-encoded correctly');
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function unsigned(service: SignedService): RequestRefused {
  const code = service === 's3' ? 'AccessDenied' : 'MissingAuthenticationTokenException';
  return new RequestRefused(code, 'The request is not signed');
}

function malformed(message: string): RequestRefused {
  return new RequestRefused('IncompleteSignature', message);
}

function mismatch(message = 'The signature does not match the request: check the secret access key'): RequestRefused {
  return new RequestRefused('SignatureDoesNotMatch', message);
}

/** The hash of node:crypto, in the form that the signer needs. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error('a hash can only be used once');
  }
}
