import { Logger } from '@aws-lambda-powertools/logger';

/** The one logger of a process: JSON lines. Its service is `POWERTOOLS_SERVICE_NAME`, which the stack sets. */
export const logger = new Logger();

/** What a line is about. `execution` is the ARN of the state machine's execution. */
export interface LogContext {
  restore_id?: string;
  backup_id?: string;
  execution?: string | null;
  job_id?: string;
  /** For a recovery plan, with the number of its entry. */
  run_id?: string;
  entry?: number | undefined;
  /** For the event that requests something. */
  event_id?: string | undefined;
  /** For the API: the route. */
  call?: string;
}

/**
 * Makes every log line of some work say what it is about. A process does one work at a time, in Lambda and in the task.
 */
export async function withContext<T>(context: LogContext, work: () => Promise<T>): Promise<T> {
  bind(context);
  try {
    return await work();
  } finally {
    logger.resetKeys();
  }
}

/** From here on, to the end of the work, its log lines also contain this. */
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
