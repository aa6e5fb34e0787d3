import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Time } from '../../components/times.tsx';
import { useSession } from '../../session/session.tsx';
import { ChangePassword } from './change-password.tsx';

export default function Account() {
  const { user } = useSession();
  return (
    <ContentLayout header={<Header variant="h1">Account</Header>}>
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">This session</Header>}>
          <KeyValuePairs
            columns={3}
            items={[
              { label: 'User name', value: user?.user },
              { label: 'Role', value: user?.role },
              { label: 'Signed in until', value: <Time iso={user?.expires} /> },
            ]}
          />
        </Container>
        <ChangePassword />
      </SpaceBetween>
    </ContentLayout>
  );
}
