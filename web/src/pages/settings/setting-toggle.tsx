import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { type ReactNode, useState } from 'react';
import type { Settings } from '../../../../lib/settings/model.ts';
import { useChange, useRead } from '../../api/queries.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { Loading } from '../../components/loading.tsx';
import { useNotifications } from '../../shell/notifications.tsx';

/** The settings that can only be on or off. */
type Switch = { [K in keyof Settings]: Settings[K] extends boolean ? K : never }[keyof Settings];

interface SettingToggleProps {
  /** The container's heading. */
  header: string;
  setting: Switch;
  label: string;
  description: string;
  /** The notifications after switching it on or off. */
  told: { on: string; off: string };
  /** Shown below the toggle. */
  children?: ReactNode;
}

/** A setting of the service that can be on or off. */
export function SettingToggle({ header, setting, label, description, told, children }: SettingToggleProps) {
  const settings = useRead('GET /api/settings');
  const change = useChange('PUT /api/settings');
  const { tell, fail } = useNotifications();
  /** The chosen value while it is being sent. */
  const [chosen, setChosen] = useState<boolean>();

  function choose(isOn: boolean) {
    setChosen(isOn);
    change.mutate(
      { body: { [setting]: isOn } },
      {
        onSuccess: () => tell('success', isOn ? told.on : told.off),
        onError: (error) => fail('The setting was not changed', error),
        onSettled: () => setChosen(undefined),
      },
    );
  }

  return (
    <Container header={<Header variant="h2">{header}</Header>}>
      <SpaceBetween size="m">
        {settings.data !== undefined && (
          <Toggle
            checked={chosen ?? settings.data[setting]}
            disabled={chosen !== undefined}
            onChange={({ detail }) => choose(detail.checked)}
            description={description}
          >
            {label}
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
        {children}
      </SpaceBetween>
    </Container>
  );
}
