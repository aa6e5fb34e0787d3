import { z } from 'zod';

/** One right that a database user needs for a restore, and whether the user has it. */
export const right = z.object({
  right: z.string().describe("the server's name for it, and the object it is on"),
  granted: z.boolean(),
  required: z.boolean().describe('false if a restore works without it, and only lacks what needed_for says'),
  needed_for: z.string(),
});
export type Right = z.infer<typeof right>;

/** The missing rights without which restores fail. */
export function missingRights(rights: readonly Right[]): Right[] {
  return rights.filter(({ granted, required }) => required && !granted);
}

/** Combines the rights for several databases of one server. Rights on the whole server are listed once. */
export function combineRights(lists: readonly (readonly Right[])[]): Right[] {
  const combined = new Map<string, Right>();
  for (const right of lists.flat()) {
    const known = combined.get(right.right);
    combined.set(right.right, { ...right, required: right.required || (known?.required ?? false) });
  }
  // harmless ones come last
  return [...combined.values()].toSorted((a, b) => Number(b.required) - Number(a.required));
}
