import { MalformedRequest } from '../../errors/errors.ts';

/** The position in a list at which the next page begins, in the form for a URL. */
export function encodeCursor(key: Record<string, unknown>): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** @throws MalformedRequest for a cursor that no list returned. */
export function decodeCursor(cursor: string): Record<string, string> {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const isObject = typeof key === 'object' && key !== null && !Array.isArray(key);
    if (isObject && Object.values(key).every((value) => typeof value === 'string')) {
      return key as Record<string, string>;
    }
  } catch {
    // reported below
  }
  throw foreignCursor();
}

export function foreignCursor(): MalformedRequest {
  return new MalformedRequest('the cursor does not come from this list', {
    hint: 'Follow the Link header of the previous page, or start without a cursor.',
  });
}
