import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useList } from '../../api/queries.ts';
import { CALM_MS } from '../../api/refresh-interval.ts';
import { PartError } from '../../components/part-error.tsx';
import { DurationsChart } from './durations-chart.tsx';
import { durationsPerDay, firstOfDays } from './durations-per-day.ts';
import { DurationsTable } from './durations-table.tsx';

const DAYS = 28;

/** Restore durations in the last weeks: an estimate for the next one. */
export function Durations() {
  const [now] = useState(() => new Date());
  const query = { since: firstOfDays(DAYS, now).toISOString(), limit: 100 };
  const list = useList('GET /api/restores', query, { refresh: () => CALM_MS });
  const restores = list.items ?? [];
  const days = durationsPerDay(restores, DAYS, now);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            list.hasNextPage
              ? `The newest ${restores.length} restores of the last ${DAYS} days; earlier ones are not loaded.`
              : `Last ${DAYS} days.`
          }
          actions={
            list.hasNextPage && (
              <Button loading={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
                Load more restores
              </Button>
            )
          }
        >
          Restore durations
        </Header>
      }
    >
      {list.items === undefined && list.error === null && (
        <StatusIndicator type="loading">Loading restores</StatusIndicator>
      )}
      {list.items === undefined && list.error !== null && (
        <PartError error={list.error} what="The restores could not be loaded" retry={list.refetch} />
      )}
      {list.items !== undefined && restores.length === 0 && (
        <Box color="text-body-secondary">Nothing was restored in the last {DAYS} days.</Box>
      )}
      {restores.length > 0 && (
        <SpaceBetween size="m">
          <DurationsChart days={days} />
          <ExpandableSection headerText="As a table">
            <DurationsTable days={days} />
          </ExpandableSection>
        </SpaceBetween>
      )}
    </Container>
  );
}
