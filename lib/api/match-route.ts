/** Finds the route for a request by the same rules as API Gateway. Pure. */
import { type NamedRoute, ROUTE_LIST } from './routes.ts';

export interface Match {
  route: NamedRoute;
  parameters: Record<string, string>;
}

/** The route for a method and a path; parameters are decoded. */
export function matchRoute(method: string, path: string): Match | undefined {
  return matches(path).find(({ route }) => route.method === method);
}

/** The methods that a path has, whichever of them was called; empty if no route has this path. */
export function allowedMethods(path: string): string[] {
  return matches(path).map(({ route }) => route.method);
}

/** The routes of all methods; literal paths come before those with a parameter. */
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
