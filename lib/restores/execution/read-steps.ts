import {
  ExecutionDoesNotExist,
  type HistoryEvent,
  paginateGetExecutionHistory,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { type ExecutionStep, executionSteps } from './execution-steps.ts';

/** The most that one call returns. */
const PAGE_SIZE = 1000;

/** The steps of an execution so far; empty if its history is no longer kept (on AWS, after 90 days). */
export async function readSteps(client: SFNClient, executionArn: string): Promise<ExecutionStep[]> {
  const events: HistoryEvent[] = [];
  try {
    const pages = paginateGetExecutionHistory(
      { client, pageSize: PAGE_SIZE },
      { executionArn, includeExecutionData: false },
    );
    for await (const page of pages) events.push(...(page.events ?? []));
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return [];
    throw error;
  }
  return executionSteps(events);
}
