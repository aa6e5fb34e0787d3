import Button from '@cloudscape-design/components/button';
import { ErrorAlert } from './error-alert.tsx';

/** Replaces a part of a page that could not be loaded. */
export function PartError({ error, what, retry }: { error: unknown; what: string; retry(): unknown }) {
  return <ErrorAlert error={error} what={what} action={<Button onClick={() => retry()}>Try again</Button>} />;
}
