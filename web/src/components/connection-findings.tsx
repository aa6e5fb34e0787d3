import Alert from '@cloudscape-design/components/alert';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { missingRights, type Right } from '../../../lib/domain/rights.ts';
import type { AnswerOf } from '../../../lib/routes.ts';
import { sentence } from '../format/sentence.ts';

type Findings = AnswerOf<'POST /api/connections/{id}/test'>;

/** What a test of a database server has found: what it is, how it is reached, and what its user may not do. */
export function ConnectionFindings({ findings }: { findings: Findings }) {
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
      {rights.length > 0 && (
        <ExpandableSection
          headerText={`Rights (${rights.filter(({ granted }) => granted).length} of ${rights.length} granted)`}
          defaultExpanded={missing.length > 0}
        >
          <Rights rights={rights} />
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}

function Rights({ rights }: { rights: Right[] }) {
  return (
    <Table
      variant="embedded"
      wrapLines
      items={rights.toSorted((a, b) => Number(a.granted) - Number(b.granted))}
      trackBy="right"
      ariaLabels={{ tableLabel: 'Rights that a restore needs' }}
      columnDefinitions={[
        { id: 'right', header: 'Right', cell: ({ right }) => right, isRowHeader: true },
        { id: 'granted', header: 'Granted', cell: Granted },
        { id: 'needed_for', header: 'Needed for', cell: ({ needed_for }) => needed_for },
      ]}
    />
  );
}

function Granted({ granted, required }: Right) {
  if (granted) return <StatusIndicator type="success">Granted</StatusIndicator>;
  if (required) return <StatusIndicator type="error">Missing</StatusIndicator>;
  return <StatusIndicator type="info">Missing, without harm</StatusIndicator>;
}
