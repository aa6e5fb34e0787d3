import BarChart from '@cloudscape-design/components/bar-chart';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { useList } from '../../api/queries.ts';
import { CALM_MS } from '../../api/refresh-interval.ts';
import { PartError } from '../../components/part-error.tsx';
import { durationText, formatDuration } from '../../format/duration.ts';
import { type Day, durationsPerDay, firstOfDays, unitFor } from './durations-per-day.ts';

const DAYS = 28;

/** Restore durations in the last weeks, as an estimate for the next restore. */
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

/** The days on which something was restored, newest first. */
function DurationsTable({ days }: { days: readonly Day[] }) {
  const busy = days.filter(({ success, failed, cancelled }) => success + failed + cancelled > 0).reverse();
  return (
    <Table
      variant="embedded"
      enableKeyboardNavigation
      trackBy="day"
      items={busy}
      ariaLabels={{ tableLabel: 'Restore durations by day' }}
      columnDefinitions={[
        { id: 'day', header: 'Day', cell: ({ day }) => day, isRowHeader: true },
        { id: 'success', header: 'Restored', cell: ({ success }) => success },
        { id: 'failed', header: 'Failed', cell: ({ failed }) => failed },
        { id: 'cancelled', header: 'Cancelled', cell: ({ cancelled }) => cancelled },
        { id: 'median', header: 'Median', cell: ({ medianMs }) => durationText(medianMs) },
        { id: 'longest', header: 'Longest', cell: ({ longestMs }) => durationText(longestMs) },
      ]}
    />
  );
}

/** The longest successful restore of each day. With one bar per day, this can be read even on a phone. */
function DurationsChart({ days }: { days: readonly Day[] }) {
  const measured = days.filter(({ longestMs }) => longestMs !== null);
  const unit = unitFor(Math.max(0, ...measured.map(({ longestMs }) => longestMs ?? 0)));
  return (
    <BarChart
      series={[
        {
          title: 'Longest',
          type: 'bar',
          data: measured.map(({ day, longestMs }) => ({ x: day, y: (longestMs ?? 0) / unit.ms })),
          valueFormatter: (value) => formatDuration(value * unit.ms),
        },
      ]}
      detailPopoverSeriesContent={({ series, x, y }) => ({
        key: series.title,
        value: formatDuration(y * unit.ms),
        subItems: detailsOf(days.find(({ day }) => day === x)),
      })}
      xDomain={days.map(({ day }) => day)}
      xScaleType="categorical"
      xTitle="Day it started"
      yTitle={`Longest successful restore, in ${unit.name}`}
      height={220}
      hideFilter
      hideLegend
      ariaLabel="Restore durations by day"
      ariaDescription="The longest successful restore of each day. The table below has more numbers."
      i18nStrings={{ xTickFormatter: (day) => day.slice(5) }}
      empty="No restore succeeded in this period. The table below lists the others."
    />
  );
}

function detailsOf(day: Day | undefined): { key: string; value: string }[] {
  if (day === undefined || day.medianMs === null) return [];
  return [
    { key: 'Median', value: formatDuration(day.medianMs) },
    { key: 'Restored', value: String(day.success) },
  ];
}
