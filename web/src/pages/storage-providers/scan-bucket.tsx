import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useSearchParams } from 'wouter';
import type { StorageProvider } from '../../../../lib/connections/providers/model.ts';
import { useChange } from '../../api/queries.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { ImportButton } from '../../components/import-button.tsx';
import { JobProgress } from '../../components/job-progress.tsx';
import { useMay } from '../../session/use-may.ts';

/** Finds the backups in a bucket. The job is in the page's address, so a reload still shows it. */
export function ScanBucket({ provider: { id } }: { provider: StorageProvider }) {
  const [address, setAddress] = useSearchParams();
  const scan = useChange('POST /api/storage-providers/{id}/scan');
  const mayScan = useMay('POST /api/storage-providers/{id}/scan');
  const jobId = address.get('job');

  return (
    <Container
      header={
        <Header
          variant="h2"
          description="A scan finds Jagad's backups by their object names. An import copies Jagad's own records."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <ImportButton providerId={id} />
              <Button
                variant="primary"
                disabled={!mayScan.allowed}
                disabledReason={mayScan.reason}
                loading={scan.isPending}
                onClick={() =>
                  scan.mutate(
                    { id, body: {} },
                    { onSuccess: (job) => setAddress(new URLSearchParams({ job: job.id }), { replace: true }) },
                  )
                }
              >
                Scan
              </Button>
            </SpaceBetween>
          }
        >
          Find backups
        </Header>
      }
    >
      <SpaceBetween size="m">
        {scan.error !== null && <ErrorAlert error={scan.error} what="The scan did not start" />}
        {jobId === null ? (
          <Box color="text-body-secondary">
            A scan only reads object names, changes nothing in the bucket, and can be repeated.
          </Box>
        ) : (
          <JobProgress key={jobId} id={jobId} />
        )}
      </SpaceBetween>
    </Container>
  );
}
