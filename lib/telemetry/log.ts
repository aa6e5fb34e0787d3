import { Logger } from '@aws-lambda-powertools/logger';

/** The one logger of a process: JSON lines. Its service is `POWERTOOLS_SERVICE_NAME`, which the stack sets. */
export const logger = new Logger();

/** What a line is about. `execution` is the ARN of the state machine's execution. */
export interface LogContext {
  restore_id?: string;
  backup_id?: string;
  execution?: string | null;
  job_id?: string;
  /** Of a recovery plan, and the number of its entry. */
  run_id?: string;
  entry?: number | undefined;
  /** Of the event that asks for something. */
  event_id?: string | undefined;
  /** Of the API: the route. */
  call?: string;
}

/** Every line of the work says what it is about. A process is at one work at a time, as Lambda and the task have it. */
export async function withContext<T>(context: LogContext, work: () => Promise<T>): Promise<T> {
  bind(context);
  try {
    return await work();
  } finally {
    logger.resetKeys();
  }
}

/** From here on, to the end of the work, its lines say this too. */
export function bind(context: LogContext): void {
  logger.appendKeys({ ...context });
}

/** Of a restore, what its lines say. */
interface BoundRestore {
  id: string;
  backup_id: string;
  execution_arn: string | null;
}

export function bindRestore({ id, backup_id, execution_arn }: BoundRestore): void {
  bind({ restore_id: id, backup_id, execution: execution_arn });
}
