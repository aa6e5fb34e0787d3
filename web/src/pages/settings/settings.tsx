import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { CheckNow } from './check-now.tsx';
import { EncryptionKeys } from './encryption-keys.tsx';
import { FallenPercent } from './fallen-percent.tsx';
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
          description="Each new backup is read, decrypted and checked once, so that you know that it is sound before you need it."
          told={{ on: 'New backups will be verified.', off: 'New backups will not be verified.' }}
        >
          <FallenPercent />
        </SettingToggle>
        <SettingToggle
          header="Standing check"
          setting="standing_check"
          label="Check every night what would restore"
          description="The newest dump of each database is checked against its own server, if the connection has a password. Nothing is written there. This way, you learn about an obstacle before you need the backup."
          told={{ on: 'Databases will be checked every night.', off: 'Databases will not be checked.' }}
        >
          <CheckNow />
        </SettingToggle>
        <SettingToggle
          header="After a restore"
          setting="analyze_after_restore"
          label="Collect statistics"
          description="Each restore collects statistics (ANALYZE) on the restored tables before it ends, so that the first queries aren't slow."
          told={{ on: 'Restores will collect statistics.', off: 'Restores will leave statistics to the server.' }}
        />
      </SpaceBetween>
    </ContentLayout>
  );
}
