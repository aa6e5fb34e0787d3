import Alert from '@cloudscape-design/components/alert';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import { sentence } from '../format/sentence.ts';

interface ErrorAlertProps {
  error: unknown;
  /** The heading: what failed. */
  what: string;
  action?: ReactNode;
}

/** What went wrong, and what to do next, in the API's own words. */
export function ErrorAlert({ error, what, action }: ErrorAlertProps) {
  const { message, hint } = wordsOf(error);
  return (
    <Alert type="error" header={what} action={action}>
      {message}
      {hint !== undefined && <div>{hint}</div>}
    </Alert>
  );
}

/** Shows an error. */
export function wordsOf(error: unknown): { message: string; hint: string | undefined } {
  return {
    message: sentence(error instanceof Error ? error.message : String(error)),
    hint: error instanceof ApiError ? error.hint : undefined,
  };
}
