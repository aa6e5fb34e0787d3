import Table from '@cloudscape-design/components/table';
import { durationText } from '../../format/duration.ts';
import type { Day } from './durations-per-day.ts';

/** The days on which something was restored, the newest first. */
export function DurationsTable({ days }: { days: readonly Day[] }) {
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
