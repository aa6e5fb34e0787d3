import Alert from '@cloudscape-design/components/alert';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { lazy, Suspense } from 'react';
import { useParams } from 'wouter';
import { useRead } from '../../api/queries.ts';
import { CALM_MS, LIVE_MS } from '../../api/refresh-interval.ts';
import { Loading } from '../../components/loading.tsx';
import { DB_TYPE } from '../../components/status.tsx';
import { Age, Time } from '../../components/times.tsx';
import { BackupActions } from './backup-actions.tsx';
import { BackupFacts } from './backup-facts.tsx';
import { BackupLog } from './backup-log.tsx';
import { BackupRestores } from './backup-restores.tsx';
import { BackupUnread } from './backup-unread.tsx';
import { madeAt, typeText, unrestorable } from './restorable.ts';
import { VerificationFault } from './verification-state.tsx';

/** What dumps have no need of. */
const RecoverySection = lazy(() => import('./recovery/recovery-section.tsx'));

/** One backup. */
export default function BackupPage() {
  const { id = '' } = useParams<{ id: string }>();
  const {
    data: backup,
    error,
    refetch,
  } = useRead('GET /api/backups/{id}', {
    id,
    refresh: (now) => (now?.verify_status === 'verifying' ? LIVE_MS : CALM_MS),
  });

  if (backup === undefined) {
    return (
      <ContentLayout header={<Header variant="h1">Backup</Header>}>
        {error === null ? <Loading what="backup" /> : <BackupUnread error={error} retry={refetch} />}
      </ContentLayout>
    );
  }
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={
            <>
              {DB_TYPE[backup.db_type]} backup ({typeText(backup)}), made <Time iso={madeAt(backup)} /> (
              <Age iso={madeAt(backup)} />)
            </>
          }
          actions={<BackupActions backup={backup} />}
        >
          {backup.database_name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        {unrestorable(backup) !== undefined && (
          <Alert type="info" header="This backup cannot be restored">
            {unrestorable(backup)}
          </Alert>
        )}
        <VerificationFault backup={backup} />
        {backup.engine !== null && backup.status === 'success' && (
          <Suspense fallback={<Loading what="recovery window" />}>
            <RecoverySection backup={backup} />
          </Suspense>
        )}
        <BackupFacts backup={backup} />
        <BackupRestores backup={backup} />
        <BackupLog id={id} />
      </SpaceBetween>
    </ContentLayout>
  );
}
