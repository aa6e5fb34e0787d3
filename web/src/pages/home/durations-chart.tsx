import BarChart from '@cloudscape-design/components/bar-chart';
import { formatDuration } from '../../format/duration.ts';
import { type Day, unitFor } from './durations-per-day.ts';

/** The longest successful restore of each day: one bar per day is readable even on a phone. */
export function DurationsChart({ days }: { days: readonly Day[] }) {
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
