/**
 * What of a body is another than when its form was opened. The rest is not sent: somebody else may have changed it since,
 * and would lose that.
 */
export function changedFields<B extends object>(body: B, opened: object | undefined): Partial<B> {
  const before: Readonly<Record<string, unknown>> = { ...opened };
  const changed = Object.entries(body).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]),
  );
  return Object.fromEntries(changed) as Partial<B>;
}
