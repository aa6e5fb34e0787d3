import SpaceBetween from '@cloudscape-design/components/space-between';
import { Loading } from '../../../components/loading.tsx';
import { PartError } from '../../../components/part-error.tsx';
import { useRecoveryWindow } from '../../../recovery/use-recovery-window.ts';
import { isUndecided } from '../../../recovery/window-words.ts';
import type { Backup } from '../restorable.ts';
import { ChainTable } from './chain-table.tsx';
import { MissingAlert } from './missing-alert.tsx';
import { TimelineTable } from './timeline-table.tsx';
import { UnreadAlert } from './unread-alert.tsx';
import { WindowContainer } from './window-container.tsx';

/** What a physical backup is built from, and the range of times that it can be recovered to. */
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
