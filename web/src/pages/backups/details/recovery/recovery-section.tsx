import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { Loading } from '../../../../components/loading.tsx';
import { PageLink } from '../../../../components/page-link.tsx';
import { PartError } from '../../../../components/part-error.tsx';
import { Time } from '../../../../components/times.tsx';
import { formatBytes } from '../../../../format/bytes.ts';
import { sentence } from '../../../../format/sentence.ts';
import { useRecoveryWindow } from '../../../../recovery/use-recovery-window.ts';
import { isUndecided, type RecoveryWindow } from '../../../../recovery/window-words.ts';
import type { Backup } from '../../restorable.ts';
import { MissingAlert } from './missing-alert.tsx';
import { UnreadAlert } from './unread-alert.tsx';
import { WindowContainer } from './window-container.tsx';

/** The backups that a physical backup is built from, and the range of times that it can be recovered to. */
export default function RecoverySection({ backup }: { backup: Backup }) {
  const { data, error, refetch } = useRecoveryWindow(backup);
  if (data === undefined) {
    if (error === null) return <Loading what="recovery window, which takes a few seconds" />;
    return <PartError error={error} what="The recovery window could not be read" retry={refetch} />;
  }
  return (
    <SpaceBetween size="l">
      {isUndecided(data) && <UnreadAlert />}
      {!data.complete && !isUndecided(data) && <MissingAlert missing={data.missing} retry={refetch} />}
      {data.complete && <WindowContainer backup={backup} window={data} />}
      {data.timelines.length > 1 && <TimelineTable timelines={data.timelines} />}
      <ChainTable window={data} />
    </SpaceBetween>
  );
}

/** The backups that a backup is built from, the full one first. */
function ChainTable({ window: { backup_id, chain, complete } }: { window: RecoveryWindow }) {
  return (
    <Table
      variant="container"
      items={chain}
      trackBy="backup_id"
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: 'Backups in this chain' }}
      header={
        <Header
          variant="h2"
          counter={`(${chain.length})`}
          description={
            complete
              ? 'A restore applies these backups, in this order.'
              : 'A restore would apply these backups. The list may be incomplete.'
          }
        >
          Chain
        </Header>
      }
      columnDefinitions={[
        {
          id: 'label',
          header: 'Backup',
          cell: ({ backup_id: id, label }) =>
            id === backup_id ? `${label ?? id} (this one)` : <PageLink href={`/backups/${id}`}>{label ?? id}</PageLink>,
          isRowHeader: true,
        },
        { id: 'type', header: 'Type', cell: ({ backup_type }) => (backup_type === 'full' ? 'Full' : 'Incremental') },
        { id: 'completed', header: 'Completed', cell: ({ completed_at }) => <Time iso={completed_at} /> },
        {
          id: 'size',
          header: 'Size in storage',
          cell: ({ object_bytes }) => (object_bytes === null ? 'Not known' : formatBytes(object_bytes)),
        },
      ]}
    />
  );
}

/** The timelines that begin after a backup: where each one forks, and how far it reaches. */
function TimelineTable({ timelines }: { timelines: RecoveryWindow['timelines'] }) {
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
