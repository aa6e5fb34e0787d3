import Button from '@cloudscape-design/components/button';
import { useLocation } from 'wouter';
import { ApiError } from '../../api/client.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';

/** In the place of a backup that could not be read: what is not there is looked for in the list, else it is tried again. */
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
