import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useRead } from '../../../api/queries.ts';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Loading } from '../../../components/loading.tsx';
import './backup-log.css';

/** The log that Jagad wrote while it made the backup. */
export function BackupLog({ id }: { id: string }) {
  const { data, error, refetch } = useRead('GET /api/backups/{id}/logs', { id });
  return (
    <Container header={<Header variant="h2">Backup log</Header>}>
      {data === undefined && error === null && <Loading what="log" />}
      {data === undefined && error !== null && (
        <ErrorAlert
          error={error}
          what="The log could not be loaded"
          action={<Button onClick={() => refetch()}>Try again</Button>}
        />
      )}
      {data !== undefined && data.log_output.trim() === '' && (
        <Box color="text-body-secondary">
          This backup has no log. Logs come with an import from Jagad; a scan of the storage doesn't bring them.
        </Box>
      )}
      {data !== undefined && data.log_output.trim() !== '' && (
        <Box variant="code">
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
          <section className="backup-log" tabIndex={0} aria-label="Backup log">
            {data.log_output}
          </section>
        </Box>
      )}
    </Container>
  );
}
