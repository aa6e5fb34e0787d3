/**
 * The fields of a body that have changed since its form was opened. The others aren't sent: if someone else has changed
 * them meanwhile, sending them would undo that.
 */
export function changedFields<B extends object>(body: B, opened: object | undefined): Partial<B> {
  const before: Readonly<Record<string, unknown>> = { ...opened };
  const changed = Object.entries(body).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]),
  );
  return Object.fromEntries(changed) as Partial<B>;
}
