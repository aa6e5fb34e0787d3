import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import { Time } from '../../../../components/times.tsx';
import { formatBytes } from '../../../../format/bytes.ts';
import { sentence } from '../../../../format/sentence.ts';
import { endWords, type RecoveryWindow } from '../../../../recovery/window-words.ts';

/** The beginning and the end of a recovery window, how certain they are, and what a recovery needs. */
export function WindowFacts({ window }: { window: RecoveryWindow }) {
  const { earliest, latest, latest_is_open, latest_is_estimate, notes, disk_bytes, log_bytes } = window;
  return (
    <KeyValuePairs
      columns={4}
      minColumnWidth={200}
      items={[
        { label: 'From', value: <Time iso={earliest} /> },
        {
          label: latest_is_open ? 'To at least' : latest_is_estimate ? 'To about' : 'To',
          value: (
            <>
              <Time iso={latest} />
              <div>{[endWords(window), ...notes.map(sentence)].join(' ')}</div>
            </>
          ),
        },
        { label: 'Archived logs', value: formatBytes(log_bytes) },
        { label: 'Disk space for a recovery', value: formatBytes(disk_bytes) },
      ]}
    />
  );
}
