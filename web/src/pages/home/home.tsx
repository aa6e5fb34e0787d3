import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useList } from '../../api/queries.ts';
import { CALM_MS } from '../../api/refresh-interval.ts';
import { Loading } from '../../components/loading.tsx';
import { Durations } from './durations.tsx';
import { FailedPlanRuns, FailedRestores, UnsoundBackups } from './failures.tsx';
import { FirstSteps } from './first-steps-list.tsx';
import { NewestVerified } from './newest-verified.tsx';
import { RunningRestores } from './running-restores.tsx';

/** What users want to know first: what failed, what is running, and what could be restored now. */
export default function Home() {
  const hasBackups = useHasAny('GET /api/backups');
  const hasRestores = useHasAny('GET /api/restores');
  return (
    <ContentLayout header={<Header variant="h1">Home</Header>}>
      {hasBackups === undefined || hasRestores === undefined ? (
        <Loading what="backups and restores" />
      ) : (
        <SpaceBetween size="l">
          {!(hasBackups && hasRestores) && <FirstSteps hasBackups={hasBackups} hasRestores={hasRestores} />}
          {hasRestores && <FailedRestores />}
          {hasBackups && <FailedPlanRuns />}
          {hasBackups && <UnsoundBackups />}
          {hasRestores && <RunningRestores />}
          {hasBackups && <NewestVerified />}
          {hasRestores && <Durations />}
        </SpaceBetween>
      )}
    </ContentLayout>
  );
}

/**
 * Whether there are any records; undefined until that is known. If they can't be loaded, each part of the page says so
 * itself.
 */
function useHasAny(key: 'GET /api/backups' | 'GET /api/restores'): boolean | undefined {
  const { items, isPending } = useList(key, { limit: 1 }, { refresh: () => CALM_MS });
  return isPending ? undefined : items === undefined || items.length > 0;
}
