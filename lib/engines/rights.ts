import { z } from 'zod';

/** One thing that a database user has to be allowed to do for a restore, and whether it is. */
export const right = z.object({
  right: z.string().describe('as the server calls it, with what it is on'),
  granted: z.boolean(),
  required: z.boolean().describe('false if a restore works without it, and only lacks what needed_for says'),
  needed_for: z.string(),
});
export type Right = z.infer<typeof right>;

/** The rights that are missing and without which restores fail. */
export function missingRights(rights: readonly Right[]): Right[] {
  return rights.filter(({ granted, required }) => required && !granted);
}

/** The rights of several databases of one server as one list: what concerns the server is in it once. */
export function combineRights(lists: readonly (readonly Right[])[]): Right[] {
  const combined = new Map<string, Right>();
  for (const right of lists.flat()) {
    const known = combined.get(right.right);
    combined.set(right.right, { ...right, required: right.required || (known?.required ?? false) });
  }
  // what may be missing without harm comes last
  return [...combined.values()].toSorted((a, b) => Number(b.required) - Number(a.required));
}
