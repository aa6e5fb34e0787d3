import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { lazy, Suspense } from 'react';
import { useLocation, useParams } from 'wouter';
import { useRead } from '../../api/queries.ts';
import { CALM_MS } from '../../api/refresh-interval.ts';
import { Loading } from '../../components/loading.tsx';
import { BackupUnread } from '../backups/backup-unread.tsx';
import { type Backup, unrestorable } from '../backups/restorable.ts';
import { useOwnServer } from '../backups/use-own-server.ts';
import { RestoreWizard } from './restore-wizard.tsx';

/** Only loaded for physical backups. */
const RecoveryWizard = lazy(() => import('./recovery/recovery-wizard.tsx'));

/** `/backups/:id/restore` */
export default function RestorePage() {
  const { id = '' } = useParams<{ id: string }>();
  const { data: backup, error, refetch } = useRead('GET /api/backups/{id}', { id, refresh: () => CALM_MS });
  if (backup !== undefined && unrestorable(backup) === undefined) return <Restorable backup={backup} />;
  return (
    <ContentLayout header={<Header variant="h1">Restore a backup</Header>}>
      {backup !== undefined && <NotRestorable backup={backup} />}
      {backup === undefined && error === null && <Loading what="backup" />}
      {backup === undefined && error !== null && <BackupUnread error={error} retry={refetch} />}
    </ContentLayout>
  );
}

function Restorable({ backup }: { backup: Backup }) {
  const { isKnown, doubt } = useOwnServer(backup);
  if (!isKnown) return <Loading what="server of the backup" />;
  if (backup.engine === null) return <RestoreWizard backup={backup} doubt={doubt} />;
  return (
    <Suspense fallback={<Loading what="wizard" />}>
      <RecoveryWizard backup={backup} doubt={doubt} />
    </Suspense>
  );
}

function NotRestorable({ backup }: { backup: Backup }) {
  const [, navigate] = useLocation();
  const back = <Button onClick={() => navigate(`/backups/${backup.id}`)}>Back to the backup</Button>;
  return (
    <Alert type="warning" header="This backup cannot be restored" action={back}>
      {unrestorable(backup)}
    </Alert>
  );
}
