import type { LocalRule } from './template.ts';

export interface BusEvent {
  source: string;
  'detail-type': string;
  detail: Record<string, unknown>;
}

/** Delivers events to the targets of the stack's rules, as EventBridge's default bus does. */
export class EventBus {
  readonly #rules: LocalRule[];
  readonly #deliver: (targetArn: string, event: BusEvent) => Promise<unknown>;

  constructor(rules: LocalRule[], deliver: (targetArn: string, event: BusEvent) => Promise<unknown>) {
    this.#rules = rules;
    this.#deliver = deliver;
  }

  /** Settles when every target has been told. A target that fails is reported, and does not keep others from theirs. */
  async put(event: BusEvent): Promise<void> {
    for (const { pattern, targetArns } of this.#rules) {
      if (!matches(pattern, { ...event })) continue;
      for (const target of targetArns) {
        await this.#deliver(target, event).catch((error: unknown) =>
          console.error(`the target ${target} failed:`, error),
        );
      }
    }
  }
}

/**
 * Whether an event fits a rule's pattern: each field of the pattern is a list of values, or of `{"prefix": …}`, of which
 * one has to fit (EventBridge, "Event patterns", as far as the stack's rules go).
 */
export function matches(pattern: Record<string, unknown>, event: Record<string, unknown>): boolean {
  return Object.entries(pattern).every(([field, expected]) => {
    const actual = event[field];
    if (Array.isArray(expected)) return expected.some((one) => fits(one, actual));
    return typeof actual === 'object' && actual !== null && matches(expected as typeof pattern, actual as typeof event);
  });
}

function fits(expected: unknown, actual: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return expected === actual;
  const { prefix } = expected as { prefix?: string };
  if (prefix === undefined) throw new Error(`this machine does not know the pattern ${JSON.stringify(expected)}`);
  return typeof actual === 'string' && actual.startsWith(prefix);
}
