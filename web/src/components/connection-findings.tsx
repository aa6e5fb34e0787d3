import Alert from '@cloudscape-design/components/alert';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { AnswerOf } from '../../../lib/api/routes.ts';
import { missingRights } from '../../../lib/engines/rights.ts';
import { sentence } from '../format/sentence.ts';
import { RightsList } from './rights-list.tsx';

type Findings = AnswerOf<'POST /api/connections/{id}/test'>;

/** The result of a test of a database server: what it is, how it was reached, and which rights its user lacks. */
export function ConnectionFindings({ findings, username }: { findings: Findings; username: string }) {
  const { ok, server_version, tls, rights, error, hint } = findings;
  const missing = missingRights(rights);
  return (
    <SpaceBetween size="m">
      {!ok && (
        <Alert type="error" header="The test failed">
          {sentence(error ?? 'the server could not be used')}
          {hint !== null && <div>{hint}</div>}
        </Alert>
      )}
      {ok && missing.length === 0 && <Alert type="success">The server can be used for restores.</Alert>}
      {ok && missing.length > 0 && (
        <Alert type="warning" header="The login works, but restores would fail">
          {hint}
        </Alert>
      )}
      {server_version !== null && (
        <KeyValuePairs
          columns={2}
          items={[
            { label: 'Server version', value: server_version },
            {
              label: 'Encryption',
              value:
                tls === null ? (
                  <StatusIndicator type="warning">Not encrypted</StatusIndicator>
                ) : (
                  <StatusIndicator type="success">{tls}</StatusIndicator>
                ),
            },
          ]}
        />
      )}
      {rights.length > 0 && <RightsList rights={rights} user={username} />}
    </SpaceBetween>
  );
}
