import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Toggle from '@cloudscape-design/components/toggle';
import { useState } from 'react';
import { useChange, useRead } from '../../api/queries.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Loading } from '../../components/loading.tsx';
import { useNotifications } from '../../shell/notifications.tsx';

export function VerifyNewBackups() {
  const settings = useRead('GET /api/settings');
  const change = useChange('PUT /api/settings');
  const { tell, fail } = useNotifications();
  /** What was chosen, while it is on its way. */
  const [chosen, setChosen] = useState<boolean>();

  function choose(verify_new_backups: boolean) {
    setChosen(verify_new_backups);
    change.mutate(
      { body: { verify_new_backups } },
      {
        onSuccess: () =>
          tell(
            'success',
            verify_new_backups ? 'New backups are verified from now on.' : 'New backups are not verified.',
          ),
        onError: (error) => fail('The setting is not changed', error),
        onSettled: () => setChosen(undefined),
      },
    );
  }

  return (
    <Container header={<Header variant="h2">Verification</Header>}>
      {settings.data !== undefined && (
        <Toggle
          checked={chosen ?? settings.data.verify_new_backups}
          disabled={chosen !== undefined}
          onChange={({ detail }) => choose(detail.checked)}
          description="Each backup is read, decrypted and checked once when it enters the catalogue, so that it is known to be sound before it is needed."
        >
          Verify new backups
        </Toggle>
      )}
      {settings.data === undefined && settings.error === null && <Loading what="settings" />}
      {settings.data === undefined && settings.error !== null && (
        <ErrorAlert
          error={settings.error}
          what="The settings could not be loaded"
          action={<Button onClick={() => settings.refetch()}>Try again</Button>}
        />
      )}
    </Container>
  );
}
