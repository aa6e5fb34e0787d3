/** Which route of the list a request is for, as API Gateway chooses it. Pure. */
import { type NamedRoute, ROUTE_LIST } from './routes.ts';

export interface Match {
  route: NamedRoute;
  parameters: Record<string, string>;
}

/** The route of a method and a path; parameters are decoded. */
export function matchRoute(method: string, path: string): Match | undefined {
  return matches(path).find(({ route }) => route.method === method);
}

/** The methods that a path has, whatever it is called with; empty if no route has this path. */
export function allowedMethods(path: string): string[] {
  return matches(path).map(({ route }) => route.method);
}

/** The routes of all methods, the ones whose path is spelled out before the ones with a parameter in its place. */
function matches(path: string): Match[] {
  const parts = path.split('/');
  return ROUTE_LIST.flatMap((route) => {
    const pattern = route.path.split('/');
    if (pattern.length !== parts.length) return [];
    const parameters: Record<string, string> = {};
    const fits = pattern.every((expected, index) => {
      const part = parts[index] as string;
      if (!expected.startsWith('{')) return expected === part;
      parameters[expected.slice(1, -1)] = decode(part);
      return part !== '';
    });
    return fits ? [{ route, parameters }] : [];
  });
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
