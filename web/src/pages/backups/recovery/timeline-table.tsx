import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { Time } from '../../../components/times.tsx';
import { formatBytes } from '../../../format/bytes.ts';
import { sentence } from '../../../format/sentence.ts';
import type { RecoveryWindow } from '../../../recovery/window-words.ts';

/** The timelines that begin after a backup: the fork of each, and how far it reaches. */
export function TimelineTable({ timelines }: { timelines: RecoveryWindow['timelines'] }) {
  return (
    <Table
      variant="container"
      items={timelines}
      trackBy="timeline"
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: 'Timelines' }}
      header={
        <Header
          variant="h2"
          counter={`(${timelines.length})`}
          description="Promoting a server starts another timeline. Before the fork, both are the same."
        >
          Timelines
        </Header>
      }
      columnDefinitions={[
        { id: 'timeline', header: 'Timeline', cell: ({ timeline }) => String(timeline), isRowHeader: true },
        {
          id: 'fork',
          header: 'Begins',
          cell: ({ parent, fork_lsn, fork_reason, problem }) => {
            if (parent !== null) return `At ${fork_lsn} of timeline ${parent} (${fork_reason})`;
            return problem === null ? "The backup's own" : 'Not known';
          },
        },
        { id: 'promoted', header: 'Promoted around', cell: ({ promoted_at }) => <Time iso={promoted_at} /> },
        { id: 'latest', header: 'Up to about', cell: ({ latest }) => <Time iso={latest} /> },
        { id: 'segment', header: 'Last WAL segment', cell: ({ last_segment }) => last_segment ?? 'None' },
        { id: 'logs', header: 'Archived logs', cell: ({ log_bytes }) => formatBytes(log_bytes) },
        {
          id: 'problem',
          header: 'State',
          cell: ({ problem, goes_on }) =>
            problem === null ? (goes_on ? 'Continues' : 'Ends where the next timeline begins') : sentence(problem),
        },
      ]}
    />
  );
}
