import type { Restore } from '../../../../lib/restores/model.ts';
import { useList } from '../../api/queries.ts';
import { CALM_MS, LIVE_MS } from '../../api/refresh-interval.ts';
import { PageLink } from '../../components/page-link.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { ListPart } from '../../lists/list-part.tsx';
import { RestoreDuration } from '../../restores/duration.tsx';
import { stageText } from '../../restores/stages.ts';
import { useTargetText } from '../../restores/use-target-text.ts';

export function RunningRestores() {
  const list = useList(
    'GET /api/restores',
    { status: 'running' },
    { refresh: (items) => (items.length > 0 ? LIVE_MS : CALM_MS) },
  );
  const items = list.items ?? [];
  const target = useTargetText(items);
  return (
    <ListPart
      title="Running restores"
      description="They continue if you close this page."
      noun="running restores"
      list={list}
      columns={[
        {
          id: 'target',
          header: 'Target',
          minWidth: 160,
          cell: (restore) => <PageLink href={`/restores/${restore.id}`}>{target(restore)}</PageLink>,
          isRowHeader: true,
        },
        { id: 'stage', header: 'Stage', minWidth: 170, cell: stageText },
        { id: 'progress', header: 'Progress', minWidth: 170, cell: progressText },
        { id: 'duration', header: 'Duration', minWidth: 110, cell: (restore) => <RestoreDuration restore={restore} /> },
      ]}
      quiet="info"
      empty="No restore is running."
    />
  );
}

function progressText({ progress }: Restore): string {
  if (progress === null || progress.bytes_total === 0) return '–';
  return `${formatBytes(progress.bytes_done)} of ${formatBytes(progress.bytes_total)}`;
}
