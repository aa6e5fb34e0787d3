/**
 * The steps of an execution, read from its history. They show what the console's execution view shows, to people who
 * have no access to the console.
 */
import { z } from 'zod';

export const executionStep = z.object({
  /** The state's name. */
  name: z.string(),
  status: z.enum(['running', 'success', 'failed', 'cancelled']),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
});
export type ExecutionStep = z.infer<typeof executionStep>;

/** The part of Step Functions' HistoryEvent that is used here. */
export interface ExecutionEvent {
  type?: string | undefined;
  timestamp?: Date | undefined;
  stateEnteredEventDetails?: { name?: string | undefined } | undefined;
}

/** @param events in order, from a machine whose states run one after another. */
export function executionSteps(events: readonly ExecutionEvent[]): ExecutionStep[] {
  const steps: ExecutionStep[] = [];
  // a state whose error was caught ends like any other
  let failed = false;
  const end = (status: ExecutionStep['status'], at: string) => {
    const last = steps.at(-1);
    if (last?.status === 'running') Object.assign(last, { status, ended_at: at });
  };
  for (const { type = '', timestamp = new Date(0), stateEnteredEventDetails } of events) {
    const at = timestamp.toISOString();
    if (type.endsWith('StateEntered')) {
      failed = false;
      const name = stateEnteredEventDetails?.name ?? '';
      steps.push({ name, status: 'running', started_at: at, ended_at: null });
    } else if (type.endsWith('StateExited')) end(failed ? 'failed' : 'success', at);
    else if (/^Execution(Failed|TimedOut)$/.test(type)) end('failed', at);
    else if (type === 'ExecutionAborted') end('cancelled', at);
    else if (/^(Task|LambdaFunction).*(Failed|TimedOut)$/.test(type)) failed = true;
    // retried
    else if (/^(Task|LambdaFunction)Scheduled$/.test(type)) failed = false;
  }
  return steps;
}
