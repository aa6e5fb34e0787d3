import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { AnswerOf } from '../../../../lib/api/routes.ts';
import { sentence } from '../../format/sentence.ts';

type Findings = AnswerOf<'POST /api/storage-providers/{id}/test'>;

/** The result of testing a bucket. */
export function ProviderFindings({ findings }: { findings: Findings }) {
  const { ok, can_list, can_read, error, hint } = findings;
  return (
    <SpaceBetween size="m">
      {ok ? (
        <Alert type="success">The bucket can be used for restores.</Alert>
      ) : (
        <Alert type="error" header="The test failed">
          {sentence(error ?? 'the bucket could not be used')}
          {hint !== null && <div>{hint}</div>}
        </Alert>
      )}
      <SpaceBetween direction="horizontal" size="l">
        <StatusIndicator type={can_list ? 'success' : 'error'}>
          {can_list ? 'Objects can be listed' : 'Objects cannot be listed'}
        </StatusIndicator>
        <Reading canRead={can_read} isListed={can_list} />
      </SpaceBetween>
    </SpaceBetween>
  );
}

function Reading({ canRead, isListed }: { canRead: boolean | null; isListed: boolean }) {
  if (canRead === true) return <StatusIndicator type="success">Objects can be read</StatusIndicator>;
  if (canRead === false) return <StatusIndicator type="error">Objects cannot be read</StatusIndicator>;
  return (
    <StatusIndicator type="info">
      {isListed ? 'The bucket is empty: no object to read' : 'Reading was not tested'}
    </StatusIndicator>
  );
}
