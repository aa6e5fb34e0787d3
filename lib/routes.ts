/** The one list of the API's calls: the HTTP API, the front of the local service and the handlers are made from it. */

export type Role = 'public' | 'viewer' | 'operator' | 'admin';

export interface Route {
  method: 'GET' | 'POST';
  /** As API Gateway writes it: `{name}` for a parameter. */
  path: string;
  /** The Lambda that answers: a file of functions/. */
  handler: ApiHandlerName;
  /** The least role that may call it. */
  role: Role;
}

export const API_HANDLERS = ['backups', 'restores', 'health', 'unmatched'] as const;
export type ApiHandlerName = (typeof API_HANDLERS)[number];

export const ROUTES = [
  { method: 'GET', path: '/api/health', handler: 'health', role: 'public' },
  { method: 'GET', path: '/api/backups', handler: 'backups', role: 'viewer' },
  { method: 'GET', path: '/api/backups/{id}', handler: 'backups', role: 'viewer' },
  { method: 'POST', path: '/api/backups/{id}/restore', handler: 'backups', role: 'operator' },
  { method: 'GET', path: '/api/restores', handler: 'restores', role: 'viewer' },
  { method: 'GET', path: '/api/restores/{id}', handler: 'restores', role: 'viewer' },
  { method: 'GET', path: '/api/restores/{id}/logs', handler: 'restores', role: 'viewer' },
] as const satisfies readonly Route[];

/** Answers whatever matches no route. */
export const DEFAULT_HANDLER: ApiHandlerName = 'unmatched';

export type RouteKey = `${(typeof ROUTES)[number]['method']} ${(typeof ROUTES)[number]['path']}`;
