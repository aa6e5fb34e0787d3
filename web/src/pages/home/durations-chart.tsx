import BarChart from '@cloudscape-design/components/bar-chart';
import { formatDuration } from '../../format/duration.ts';
import { type Day, unitFor } from './durations-per-day.ts';

/** Median and longest of each day's successful restores. */
export function DurationsChart({ days }: { days: readonly Day[] }) {
  const unit = unitFor(Math.max(0, ...days.map(({ longestMs }) => longestMs ?? 0)));
  const seriesOf = (title: string, msOf: (day: Day) => number | null) => ({
    title,
    type: 'bar' as const,
    data: days.flatMap((day) => {
      const ms = msOf(day);
      return ms === null ? [] : [{ x: day.day, y: ms / unit.ms }];
    }),
    valueFormatter: (value: number) => formatDuration(value * unit.ms),
  });
  return (
    <BarChart
      series={[seriesOf('Median', ({ medianMs }) => medianMs), seriesOf('Longest', ({ longestMs }) => longestMs)]}
      xDomain={days.map(({ day }) => day)}
      xScaleType="categorical"
      xTitle="Day of the start"
      yTitle={`${unit.title}, of those that succeeded`}
      height={220}
      hideFilter
      ariaLabel="How long restores took, day by day"
      ariaDescription="Median and longest of each day's successful restores. The same numbers stand in the table below."
      i18nStrings={{ xTickFormatter: (day) => day.slice(5) }}
      empty="No restore succeeded in this time. The table below has those that did not."
    />
  );
}
