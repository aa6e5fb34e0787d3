import Box from '@cloudscape-design/components/box';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Preview } from '../../../../lib/backups/schemas.ts';
import { RightsList } from '../../components/rights-list.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { PagedTable } from '../../lists/paged-table.tsx';
import { overwrittenWords } from './overwritten-words.ts';

/** The lists of a preview: what is overwritten, who is connected, and the rights and extensions. */
export function PreviewTables({ preview }: { preview: Preview }) {
  const { overwritten, connected, rights, extensions } = preview;
  return (
    <SpaceBetween size="m">
      <ExpandableSection
        headerText="What is overwritten"
        headerDescription={overwrittenWords(preview)}
        defaultExpanded={overwritten.tables.length > 0}
      >
        {!overwritten.exact && (
          <Box color="text-body-secondary">
            This backup does not list its tables in advance, so this shows every table in the database.
          </Box>
        )}
        <PagedTable
          label="Tables that are overwritten"
          items={overwritten.tables}
          keyOf={({ name }) => name}
          columns={[
            { id: 'name', header: 'Table', cell: ({ name }) => name, sortingField: 'name', isRowHeader: true },
            {
              id: 'rows',
              header: 'Rows, estimated',
              cell: (table) => table.rows_estimated.toLocaleString('en'),
              sortingField: 'rows_estimated',
            },
            { id: 'size', header: 'Size', cell: ({ bytes }) => formatBytes(bytes), sortingField: 'bytes' },
          ]}
          empty="No tables."
        />
      </ExpandableSection>
      {connected.length > 0 && (
        <ExpandableSection headerText={`Who is connected (${connected.length})`}>
          <PagedTable
            label="Sessions in the target database"
            items={connected.map((session, number) => ({ ...session, key: String(number) }))}
            keyOf={({ key }) => key}
            columns={[
              { id: 'user', header: 'User', cell: ({ user }) => user, sortingField: 'user', isRowHeader: true },
              { id: 'application', header: 'Application', cell: ({ application }) => application || '–' },
              { id: 'address', header: 'Address', cell: ({ address }) => address ?? '–' },
            ]}
            empty="No one."
          />
        </ExpandableSection>
      )}
      {rights.length > 0 && <RightsList rights={rights} user="The connection's user" />}
      {extensions.length > 0 && (
        <ExpandableSection headerText={`Extensions that the backup needs (${extensions.length})`}>
          <PagedTable
            label="Extensions that the backup needs"
            items={extensions}
            keyOf={({ name }) => name}
            columns={[
              { id: 'name', header: 'Extension', cell: ({ name }) => name, isRowHeader: true },
              {
                id: 'available',
                header: 'On the server',
                cell: ({ available }) => <Available available={available} />,
              },
            ]}
            empty="None."
          />
        </ExpandableSection>
      )}
    </SpaceBetween>
  );
}

function Available({ available }: { available: boolean | null }) {
  if (available === null) return <StatusIndicator type="info">Not known</StatusIndicator>;
  return available ? (
    <StatusIndicator type="success">Available</StatusIndicator>
  ) : (
    <StatusIndicator type="error">Missing</StatusIndicator>
  );
}
