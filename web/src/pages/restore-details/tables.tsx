import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { tableLines } from '../../../../lib/engines/table-states.ts';
import type { Restore } from '../../../../lib/restores/model.ts';

/**
 * The state of each table after a restore. Only shown if the restore ended after its first write, because otherwise all
 * tables are complete or untouched.
 */
export function Tables({ restore }: { restore: Restore }) {
  const { tables, status, target_state } = restore;
  if (tables === null || target_state !== 'incomplete' || status === 'running') return null;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Incomplete tables may lack rows or keys, or be missing. Restoring again replaces all tables in the backup."
        >
          Tables in the target
        </Header>
      }
    >
      <SpaceBetween size="s">
        {tableLines(tables).map(({ state, heading, names, more }) => (
          <ExpandableSection key={state} headerText={heading} defaultExpanded={state === 'incomplete'}>
            {names.join(', ')}
            {more > 0 && <div>and {more} more, which are not listed</div>}
          </ExpandableSection>
        ))}
      </SpaceBetween>
    </Container>
  );
}
