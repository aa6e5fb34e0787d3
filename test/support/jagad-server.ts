/**
 * A Jagad that answers like the recorded one (test/fixtures/jagad-real): its sign-in, its lists, its pages, its errors.
 * Its lists may change between two requests, it may restart, and requests may fail.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

const FIXTURES = fileURLToPath(new URL('../fixtures/jagad-real/', import.meta.url));

/** One recorded body, such as `connections.json`. */
export function recordedText(file: string): string {
  return readFileSync(`${FIXTURES}api/${file}`, 'utf8');
}

// biome-ignore lint/suspicious/noExplicitAny: bodies as they were recorded
export const recorded = (file: string): any => JSON.parse(recordedText(file));

interface Recording {
  name: string;
  method: string;
  path: string;
  file?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: records as they were recorded, and whatever a test makes of them
export type RawRecord = Record<string, any>;

/** Jagad's content. Tests may change it. */
export interface JagadState {
  connections: RawRecord[];
  /** By the connection's id; Jagad answers null for a missing one. */
  databases: Record<string, RawRecord[]>;
  storage_providers: RawRecord[];
  /** In any order. */
  backups: RawRecord[];
}

/** The final lists of the recording: 11 connections, 2 providers, 130 backups. */
export function recordedState(): JagadState {
  const databases: JagadState['databases'] = {};
  for (const { path, file } of recorded('index.json') as Recording[]) {
    const [, id] = /^\/api\/connections\/([^/]+)\/databases$/.exec(path) ?? [];
    const listed = id === undefined || file === undefined ? null : recorded(file.replace('api/', ''));
    if (id !== undefined && listed !== null) databases[id] = listed;
  }
  return {
    connections: recorded('connections.json'),
    databases,
    storage_providers: recorded('storage-providers.json'),
    backups: [...recorded('backups-limit-100.json'), ...recorded('backups-limit-100-offset-100.json')],
  };
}

interface Answer {
  status: number;
  body: string;
  headers?: Record<string, string>;
}

const NOT_FOUND: Answer = {
  status: 404,
  body: '404 page not found\n',
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
};

/** What a test does instead of having a request answered normally: its own response, or a broken connection. */
export type Intervention = Answer | 'reset' | 'hang';

export interface JagadOptions {
  state?: JagadState;
  /** The most that a page has, whatever is asked for. */
  mostPerPage?: number;
  /** Files in PEM: then it speaks TLS. */
  tls?: { certFile: string; keyFile: string };
  /** The path of the API: `/jagad` behind a proxy. */
  basePath?: string;
  /** Called before each request is answered, with how many there were with this path before. */
  before?: (path: string, count: number, server: JagadServer) => Intervention | undefined;
}

export interface JagadServer {
  url: string;
  username: string;
  password: string;
  state: JagadState;
  /** Method and path of each request, with its query. */
  requests: string[];
  /** The value of each Authorization header. */
  authorizations: (string | undefined)[];
  /** A token, as a sign-in in a browser gives one. */
  signIn(): string;
  /** Ends all tokens. */
  restart(): void;
  stop(): Promise<void>;
}

export async function startJagad(options: JagadOptions = {}): Promise<JagadServer> {
  const { state = recordedState(), basePath = '' } = options;
  const tokens = new Set<string>();
  const counts = new Map<string, number>();
  const jagad: JagadServer = {
    url: '',
    username: 'admin',
    password: `pass-${randomBytes(8).toString('hex')}`,
    state,
    requests: [],
    authorizations: [],
    signIn() {
      const token = randomBytes(32).toString('hex');
      tokens.add(token);
      return token;
    },
    restart: () => tokens.clear(),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://jagad');
    const path = url.pathname;
    jagad.requests.push(`${request.method} ${path}${url.search}`);
    jagad.authorizations.push(request.headers.authorization);
    const body = await textOf(request);
    const count = counts.get(path) ?? 0;
    counts.set(path, count + 1);
    const instead = options.before?.(path, count, jagad);
    if (instead === 'hang') return;
    if (instead === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    const { status, headers, body: text } = instead ?? answerTo(request, url, path, body);
    response.writeHead(status, headers).end(text);
  }

  function answerTo(request: IncomingMessage, url: URL, path: string, body: string): Answer {
    if (!path.startsWith(`${basePath}/api/`)) return NOT_FOUND;
    const [, kind, id, sub] = /^([^/]+)(?:\/([^/]+))?(\/[^/]+)?$/.exec(path.slice(`${basePath}/api/`.length)) ?? [];
    if (kind === 'auth' && id === 'login' && request.method === 'POST') return login(body);
    if (kind === 'health') return json(200, recorded('health-plain.json'));
    // with the word Bearer, it is a different token
    const [, cookie] = /(?:^|; )session=([^;]+)/.exec(request.headers.cookie ?? '') ?? [];
    if (![request.headers.authorization, cookie].some((token) => token !== undefined && tokens.has(token))) {
      return { ...json(401, recorded('unauthorized.json')), headers: { 'Content-Type': 'text/plain; charset=utf-8' } };
    }
    if (request.method !== 'GET') return NOT_FOUND;
    const { connections, databases, storage_providers, backups } = jagad.state;
    switch (kind) {
      case 'connections':
        if (id === undefined) return json(200, connections);
        if (sub === '/databases') return json(200, databases[id] ?? null);
        return one(connections, id, 'connection-unknown.json');
      case 'storage-providers':
        return id === undefined
          ? json(200, storage_providers)
          : one(storage_providers, id, 'storage-provider-unknown.json');
      case 'backups':
        return id === undefined ? page(url.searchParams) : one(backups, id, 'backup-unknown.json');
      default:
        return NOT_FOUND;
    }
  }

  function login(body: string): Answer {
    let given: { username?: unknown; password?: unknown };
    try {
      given = JSON.parse(body);
    } catch {
      return json(400, recorded('login-bad-json.json'));
    }
    if (given.username !== jagad.username || given.password !== jagad.password) {
      return json(401, recorded('login-wrong.json'));
    }
    return json(200, { token: jagad.signIn(), user: jagad.username });
  }

  function page(query: URLSearchParams): Answer {
    const asked = Number(query.get('limit') ?? 'none');
    const limit = Number.isInteger(asked) && asked >= 1 && asked <= 100 ? asked : 50;
    const offset = Number(query.get('offset') ?? 0) || 0;
    if (offset < 0) return json(500, recorded('backups-offset-negative.json'));
    const found = jagad.state.backups
      .filter((backup) =>
        ['connection_id', 'database_id'].every((name) => [null, backup[name]].includes(query.get(name))),
      )
      .toSorted((a, b) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0));
    return json(200, found.slice(offset, offset + Math.min(limit, options.mostPerPage ?? limit)));
  }

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch((error) => response.destroy(error));
  };
  const { tls } = options;
  const server = tls
    ? createHttpsServer({ cert: readFileSync(tls.certFile), key: readFileSync(tls.keyFile) }, handle)
    : createHttpServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  jagad.url = `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}${basePath}`;
  return jagad;
}

function one(records: RawRecord[], id: string, unknown: string): Answer {
  const record = records.find((record) => record.id === id);
  return record === undefined ? json(404, recorded(unknown)) : json(200, record);
}

/** As Go writes it: one line, with a newline at its end. */
function json(status: number, body: unknown): Answer {
  return { status, body: `${JSON.stringify(body)}\n`, headers: { 'Content-Type': 'application/json' } };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
