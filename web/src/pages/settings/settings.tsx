import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { EncryptionKeys } from './encryption-keys.tsx';
import { SettingToggle } from './setting-toggle.tsx';

export default function Settings() {
  return (
    <ContentLayout header={<Header variant="h1">Keys and settings</Header>}>
      <SpaceBetween size="l">
        <EncryptionKeys />
        <SettingToggle
          header="Verification"
          setting="verify_new_backups"
          label="Verify new backups"
          description="Each backup is read, decrypted and checked once when it enters the catalogue, so that it is known to be sound before it is needed."
          told={{ on: 'New backups are verified from now on.', off: 'New backups are not verified.' }}
        />
        <SettingToggle
          header="After a restore"
          setting="analyze_after_restore"
          label="Collect statistics"
          description="Tables that a restore has made get statistics (ANALYZE) before it ends, so that the first queries on them aren't slow."
          told={{ on: 'Restores collect statistics from now on.', off: 'Restores leave statistics to the server.' }}
        />
      </SpaceBetween>
    </ContentLayout>
  );
}
