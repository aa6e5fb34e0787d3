import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import { useLocation } from 'wouter';
import type { Restore } from '../../../../lib/restores/model.ts';
import { sentence } from '../../format/sentence.ts';
import { retryHref } from '../../restores/places.ts';
import { useMay } from '../../session/use-may.ts';

/** How many warnings are expanded by default. */
const MOST_OPEN = 5;

/** Why the restore ended as it did, its warnings, and a way to retry it. */
export function Outcome({ restore, group }: { restore: Restore; group: readonly Restore[] }) {
  const { error, status, cancelled_by, warnings } = restore;
  return (
    <>
      {status === 'running' && cancelled_by !== null && (
        <Alert type="info" header="Being stopped">
          {cancelled_by} has cancelled this restore. Its status changes once its task has stopped.
        </Alert>
      )}
      {error !== null && (
        <Alert
          type={status === 'cancelled' ? 'warning' : 'error'}
          header={status === 'cancelled' ? 'The restore was cancelled' : `The restore failed: ${error.code}`}
          action={<Retry restore={restore} group={group} />}
        >
          {sentence(error.message)}
          {error.hint !== undefined && <div>{error.hint}</div>}
        </Alert>
      )}
      {warnings.length > 0 && <Warnings warnings={warnings} />}
    </>
  );
}

function Retry({ restore, group }: { restore: Restore; group: readonly Restore[] }) {
  const [, navigate] = useLocation();
  const may = useMay('POST /api/backups/{id}/restore');
  return (
    <Button
      disabled={!may.allowed}
      {...(may.reason === undefined ? {} : { disabledReason: may.reason })}
      onClick={() => navigate(retryHref(restore, group))}
    >
      Retry
    </Button>
  );
}

function Warnings({ warnings }: { warnings: readonly string[] }) {
  const count = `${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}`;
  return (
    <Alert type="warning" header={count}>
      <Lines lines={warnings.slice(0, MOST_OPEN)} />
      {warnings.length > MOST_OPEN && (
        <ExpandableSection headerText={`${warnings.length - MOST_OPEN} more`}>
          <Lines lines={warnings.slice(MOST_OPEN)} />
        </ExpandableSection>
      )}
    </Alert>
  );
}

function Lines({ lines }: { lines: readonly string[] }) {
  return (
    <ul>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: warnings are only ever added, and two may be the same
        <li key={index}>{line}</li>
      ))}
    </ul>
  );
}
