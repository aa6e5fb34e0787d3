import { Logger } from '@aws-lambda-powertools/logger';

/** The one logger of a process: JSON lines. Its service is `POWERTOOLS_SERVICE_NAME`, which the stack sets. */
export const logger = new Logger();

/** What a log line is about. `execution` is the ARN of the state machine's execution. */
export interface LogContext {
  restore_id?: string;
  backup_id?: string;
  execution?: string | null;
  job_id?: string;
  /** For a recovery plan, together with the number of its entry. */
  run_id?: string;
  entry?: number | undefined;
  /** For the event that requests something. */
  event_id?: string | undefined;
  /** For the API: the route. */
  call?: string;
}

/**
 * Adds to every log line of some work what it is about. A process does one work at a time, both in Lambda and in the
 * task.
 */
export async function withContext<T>(context: LogContext, work: () => Promise<T>): Promise<T> {
  bind(context);
  try {
    return await work();
  } finally {
    logger.resetKeys();
  }
}

/** From now until the end of the work, log lines also contain this. */
export function bind(context: LogContext): void {
  logger.appendKeys({ ...context });
}

/** The fields of a restore that its log lines contain. */
interface BoundRestore {
  id: string;
  backup_id: string;
  execution_arn: string | null;
}

export function bindRestore({ id, backup_id, execution_arn }: BoundRestore): void {
  bind({ restore_id: id, backup_id, execution: execution_arn });
}
