import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import { JobProgress } from '../../components/job-progress.tsx';
import { useMay } from '../../session/use-may.ts';
import { useNotifications } from '../../shell/notifications.tsx';

/** Starts the standing check now, and shows its progress. */
export function CheckNow() {
  const [jobId, setJobId] = useState<string>();
  const start = useChange('POST /api/standing-check');
  const may = useMay('POST /api/standing-check');
  const { fail } = useNotifications();
  return (
    <SpaceBetween size="m">
      <Button
        disabled={!may.allowed}
        disabledReason={may.reason}
        loading={start.isPending}
        onClick={() =>
          start.mutate(
            { body: {} },
            {
              onSuccess: ({ id }) => setJobId(id),
              onError: (error) => fail('The check was not started', error),
            },
          )
        }
      >
        Check all databases now
      </Button>
      {jobId !== undefined && <JobProgress key={jobId} id={jobId} />}
    </SpaceBetween>
  );
}
