import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { EncryptionKeys } from './encryption-keys.tsx';
import { VerifyNewBackups } from './verify-new-backups.tsx';

export default function Settings() {
  return (
    <ContentLayout header={<Header variant="h1">Keys and settings</Header>}>
      <SpaceBetween size="l">
        <EncryptionKeys />
        <VerifyNewBackups />
      </SpaceBetween>
    </ContentLayout>
  );
}
