import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { lazy, Suspense, useState } from 'react';
import { useParams } from 'wouter';
import { titleOf } from '../../../../../lib/databases/engines.ts';
import { useRead } from '../../../api/queries.ts';
import { CALM_MS, LIVE_MS } from '../../../api/refresh-interval.ts';
import { Loading } from '../../../components/loading.tsx';

import { Age, Time } from '../../../components/times.tsx';
import { sentence } from '../../../format/sentence.ts';
import { useMay } from '../../../session/use-may.ts';
import { BackupUnread } from '../backup-unread.tsx';
import { type Backup, madeAt, typeText, unrestorable } from '../restorable.ts';
import { ServerDoubt } from '../server-doubt.tsx';
import { useOwnServer } from '../use-own-server.ts';
import { UnreadAttempt, VerificationFault } from '../verification-state.tsx';
import { BackupActions, type RecordAction } from './backup-actions.tsx';
import { BackupContents, UnusualContents } from './backup-contents.tsx';
import { BackupFacts } from './backup-facts.tsx';
import { BackupLog } from './backup-log.tsx';
import { BackupRestores } from './backup-restores.tsx';
import { CorrectRecord } from './correct-record.tsx';
import { RemoveRecord } from './remove-record.tsx';
import { StandingCheck } from './standing-check.tsx';

/** Only loaded for physical backups. */
const RecoverySection = lazy(() => import('./recovery/recovery-section.tsx'));

/** The page of one backup. */
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
  return <Details backup={backup} />;
}

function Details({ backup }: { backup: Backup }) {
  const [open, setOpen] = useState<RecordAction>();
  const { connection, doubt } = useOwnServer(backup);
  const mayCorrect = useMay('PUT /api/backups/{id}');
  const close = () => setOpen(undefined);
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description={
            <>
              {titleOf(backup.db_type)} backup ({typeText(backup)}), made <Time iso={madeAt(backup)} /> (
              <Age iso={madeAt(backup)} />)
            </>
          }
          actions={<BackupActions backup={backup} onRecord={setOpen} />}
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
        <ServerDoubt
          doubt={doubt}
          action={
            <Button
              disabled={!mayCorrect.allowed}
              disabledReason={mayCorrect.reason}
              onClick={() => setOpen('correct')}
            >
              Confirm or correct
            </Button>
          }
        >
          Until you confirm or correct the connection, you must choose a target for each restore.
        </ServerDoubt>
        <ImportWarnings warnings={backup.warnings} />
        <UnusualContents contents={backup.contents} />
        <StandingCheck backup={backup} />
        <VerificationFault backup={backup} />
        <UnreadAttempt backup={backup} />
        {backup.engine !== null && backup.status === 'success' && (
          <Suspense fallback={<Loading what="recovery window" />}>
            <RecoverySection backup={backup} />
          </Suspense>
        )}
        <BackupFacts backup={backup} connectionName={connection?.name} />
        <BackupContents backup={backup} />
        <BackupRestores backup={backup} />
        <BackupLog id={backup.id} />
      </SpaceBetween>
      {open === 'correct' && <CorrectRecord backup={backup} doubt={doubt} onDismiss={close} />}
      {open === 'remove' && <RemoveRecord backup={backup} onDismiss={close} />}
    </ContentLayout>
  );
}

function ImportWarnings({ warnings }: Pick<Backup, 'warnings'>) {
  const [first, ...others] = warnings;
  if (first === undefined) return null;
  if (others.length === 0) {
    return (
      <Alert type="warning" header="What the last import found">
        {sentence(first)}
      </Alert>
    );
  }
  return (
    <Alert type="warning" header="What the last import found">
      <ul>
        {warnings.map((warning) => (
          <li key={warning}>{sentence(warning)}</li>
        ))}
      </ul>
    </Alert>
  );
}
