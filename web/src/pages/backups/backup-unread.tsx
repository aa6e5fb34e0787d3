import Button from '@cloudscape-design/components/button';
import { useLocation } from 'wouter';
import { ApiError } from '../../api/client.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';

/** Replaces a backup that could not be loaded. If it doesn't exist, this offers the list; otherwise, a retry. */
export function BackupUnread({ error, retry }: { error: unknown; retry(): void }) {
  const [, navigate] = useLocation();
  const isMissing = error instanceof ApiError && error.status >= 400 && error.status < 500;
  return (
    <ErrorAlert
      error={error}
      what="The backup could not be loaded"
      action={
        isMissing ? (
          <Button onClick={() => navigate('/backups')}>Show all backups</Button>
        ) : (
          <Button onClick={retry}>Try again</Button>
        )
      }
    />
  );
}
