import Button from '@cloudscape-design/components/button';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useParams } from 'wouter';
import type { Restore } from '../../../../lib/restores/model.ts';
import { useConnectionNames } from '../../api/names.ts';
import { useRead } from '../../api/queries.ts';
import { CALM_MS, LIVE_MS } from '../../api/refresh-interval.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Loading } from '../../components/loading.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { placeText, sourceOf, targetOf } from '../../restores/places.ts';
import { useBackups } from '../../restores/use-backups.ts';
import { Cancel } from './cancel.tsx';
import { Facts } from './facts.tsx';
import { Log } from './log.tsx';
import { Outcome } from './outcome.tsx';
import { Progress } from './progress.tsx';
import { Recovery } from './recovery.tsx';
import { ExecutionSteps } from './steps.tsx';
import { Tables } from './tables.tsx';

export default function RestoreDetails() {
  const { id = '' } = useParams<{ id: string }>();
  const { data, error, refetch, dataUpdatedAt } = useRead('GET /api/restores/{id}', {
    id,
    refresh: (restore) => (restore?.status === 'running' ? LIVE_MS : CALM_MS),
  });
  if (data !== undefined) return <Watched restore={data} readAtMs={dataUpdatedAt} error={error} />;
  if (error === null) return <Loading what="restore" />;
  return (
    <ContentLayout header={<Header variant="h1">Restore</Header>}>
      <SpaceBetween size="m">
        <ErrorAlert
          error={error}
          what="The restore could not be loaded"
          action={<Button onClick={() => refetch()}>Try again</Button>}
        />
        <PageLink href="/restores">All restores</PageLink>
      </SpaceBetween>
    </ContentLayout>
  );
}

interface WatchedProps {
  restore: Restore;
  readAtMs: number;
  /** Why the restore could not be read again. */
  error: unknown;
}

function Watched({ restore, readAtMs, error }: WatchedProps) {
  const { nameOf } = useConnectionNames();
  const backup = useBackups([restore.backup_id])(restore.backup_id);
  const target = placeText(targetOf(restore, backup), nameOf);
  const group = useGroup(restore);
  const { recovery } = restore;
  const running = restore.status === 'running';
  return (
    <ContentLayout
      header={
        <Header variant="h1" actions={running && <Cancel {...{ restore, target, group }} />}>
          Restore into {target}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {error !== null && <ErrorAlert error={error} what="This page may be out of date" />}
        <Outcome restore={restore} group={group} />
        <Tables restore={restore} />
        <Progress restore={restore} readAtMs={readAtMs} />
        <Grid gridDefinition={[{ colspan: { default: 12, s: 4 } }, { colspan: { default: 12, s: 8 } }]}>
          <ExecutionSteps restoreId={restore.id} running={running} />
          <Log text={restore.log_output} fileName={`restore-${restore.id}.log`} live={running} />
        </Grid>
        {recovery !== null && <Recovery {...{ restore, recovery, group }} />}
        <Facts restore={restore} source={placeText(sourceOf(backup, restore), nameOf)} target={target} />
      </SpaceBetween>
    </ContentLayout>
  );
}

/**
 * The restores of one request, which one task runs. Until the others are loaded, or if there are none, only this one.
 */
function useGroup(restore: Restore): readonly Restore[] {
  const { backup_id, created_at, recovery } = restore;
  const ids = recovery?.restore_ids ?? [];
  const { data } = useRead('GET /api/restores', {
    // they were created at the same moment
    query: { backup_id, since: created_at, until: created_at, limit: 200 },
    enabled: ids.length > 1,
    refresh: (restores) => (restores?.some(({ status }) => status === 'running') ? LIVE_MS : CALM_MS),
  });
  const found = ids.flatMap((id) => (id === restore.id ? restore : (data?.find((one) => one.id === id) ?? [])));
  return ids.length === 0 ? [restore] : found;
}
