import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { CALM_MS, useList } from '../../api/queries.ts';
import { Durations } from './durations.tsx';
import { DamagedBackups, FailedRestores } from './failures.tsx';
import { FirstSteps } from './first-steps-list.tsx';
import { NewestVerified } from './newest-verified.tsx';
import { RunningRestores } from './running-restores.tsx';

/** What somebody wants to know first: what failed, what runs, and what could be restored now. */
export default function Home() {
  const newestBackup = useList('GET /api/backups', { limit: 1 }, { refresh: () => CALM_MS }).items;
  const newestRestore = useList('GET /api/restores', { limit: 1 }, { refresh: () => CALM_MS }).items;
  const hasBackups = newestBackup && newestBackup.length > 0;
  const hasRestores = newestRestore && newestRestore.length > 0;
  return (
    <ContentLayout header={<Header variant="h1">Home</Header>}>
      <SpaceBetween size="l">
        {newestBackup && newestRestore && !(hasBackups && hasRestores) && (
          <FirstSteps hasBackups={hasBackups === true} hasRestores={hasRestores === true} />
        )}
        {hasRestores !== false && <FailedRestores />}
        {hasBackups !== false && <DamagedBackups />}
        {hasRestores !== false && <RunningRestores />}
        {hasBackups !== false && <NewestVerified />}
        {hasRestores !== false && <Durations />}
      </SpaceBetween>
    </ContentLayout>
  );
}
