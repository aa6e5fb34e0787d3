/**
 * The history of an execution in Step Functions' format, built from the events of the library that runs the execution.
 */
import type { StateMachine } from 'aws-local-stepfunctions';

type Run = ReturnType<StateMachine['run']>;
type LogEvent = Run['eventLogs'] extends AsyncGenerator<infer E> ? E : never;

/** The form of the service's JSON, with times in seconds. */
export interface HistoryEvent {
  type: string;
  timestamp: number;
  stateEnteredEventDetails?: { name: string };
}

const ENDINGS = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
};

/** Collects the events of a run. */
export class ExecutionHistory {
  readonly #events: HistoryEvent[] = [];

  constructor(run: Run) {
    void this.#collect(run);
  }

  /** The events so far, and the end of the execution. */
  events(status: keyof typeof ENDINGS | 'RUNNING', endedAt: Date = new Date()): HistoryEvent[] {
    if (status === 'RUNNING') return this.#events;
    return [...this.#events, { type: ENDINGS[status], timestamp: endedAt.getTime() / 1000 }];
  }

  async #collect({ eventLogs }: Run): Promise<void> {
    for await (const event of eventLogs) this.#events.push(...translated(event));
  }
}

function translated(event: LogEvent): HistoryEvent[] {
  const timestamp = event.timestamp / 1000;
  switch (event.type) {
    case 'StateEntered':
      return [
        { type: `${event.state.type}StateEntered`, timestamp, stateEnteredEventDetails: { name: event.state.name } },
      ];
    case 'StateExited':
      return [{ type: `${event.state.type}StateExited`, timestamp }];
    case 'StateFailed':
      return event.state.type === 'Task' ? [{ type: 'TaskFailed', timestamp }] : [];
    case 'StateRetried':
      return [{ type: 'TaskScheduled', timestamp }];
    default:
      return []; // the execution itself adds ExecutionStarted and the ends
  }
}
