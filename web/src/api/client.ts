/** Calls the API, with the types from its list of routes. */
import type { AnswerOf, BodyInputOf, QueryInputOf, RouteKey } from '../../../lib/api/routes.ts';

/** An error from the API, or from the connection to it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The HTTP status; 0 if there was no response. */
  readonly status: number;
  readonly code: string;
  /** What to do next. */
  readonly hint: string | undefined;

  constructor(status: number, { error, code, hint }: { error: string; code: string; hint?: string }, cause?: unknown) {
    super(error, { cause });
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

export interface CallOptions<K extends RouteKey> {
  /** The value of `{id}` in the path. */
  id?: string;
  query?: Partial<QueryInputOf<K>>;
  body?: BodyInputOf<K>;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Answer<K extends RouteKey> {
  data: AnswerOf<K>;
  /** For a list: the cursor of the next page. */
  cursor: string | undefined;
}

/** Called for every response that says that there is no session. */
let onNotAuthenticated: () => void = () => {};
export function listenForLostSession(listener: () => void): void {
  onNotAuthenticated = listener;
}

/** @throws ApiError */
export async function call<K extends RouteKey>(key: K, options: CallOptions<K> = {}): Promise<Answer<K>> {
  const [method, pattern] = key.split(' ') as [string, string];
  const { body, headers, signal } = options;
  let response: Response;
  try {
    response = await fetch(pathOf(pattern, options), {
      method,
      signal: signal ?? null,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(
      0,
      {
        error: 'the service cannot be reached',
        code: 'OFFLINE',
        hint: 'Check your network connection. This page retries by itself.',
      },
      cause,
    );
  }
  const text = await response.text();
  const data = parse(text);
  if (!response.ok) {
    if (response.status === 401 && pattern !== '/api/auth/login') onNotAuthenticated();
    throw new ApiError(response.status, errorOf(data, response));
  }
  return { data: data as AnswerOf<K>, cursor: cursorOf(response.headers.get('link')) };
}

/** The path of a call, with its parameters and query filled in. */
export function pathOf(pattern: string, { id, query }: { id?: string; query?: object | undefined }): string {
  const path = pattern.replace('{id}', encodeURIComponent(id ?? ''));
  const entries = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== '');
  const search = new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString();
  return search === '' ? path : `${path}?${search}`;
}

/** The cursor of a `Link: <…>; rel="next"`. */
export function cursorOf(link: string | null): string | undefined {
  const next = /<([^>]+)>;\s*rel="next"/.exec(link ?? '')?.[1];
  return next === undefined ? undefined : (new URL(next, 'http://origin').searchParams.get('cursor') ?? undefined);
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorOf(data: unknown, { status, statusText }: Response): { error: string; code: string; hint?: string } {
  if (typeof data === 'object' && data !== null && 'error' in data && 'code' in data) return data as never;
  return {
    error: `the service answered ${status} ${statusText}`.trim(),
    code: 'UNEXPECTED',
    hint: "Try again in a moment. If it keeps failing, read the service's logs.",
  };
}
