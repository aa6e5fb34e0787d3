import Alert from '@cloudscape-design/components/alert';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import type { Role } from '../../../lib/accounts/roles.ts';
import { PageLink } from '../components/page-link.tsx';

export function NotFound() {
  return (
    <ContentLayout header={<Header variant="h1">Not found</Header>}>
      <Alert type="info" header="Page not found">
        <PageLink href="/backups">Look for a backup</PageLink>, or <PageLink href="/restores">for a restore</PageLink>.
      </Alert>
    </ContentLayout>
  );
}

export function NotAllowed({ title, needed, role }: { title: string; needed: Role; role: Role }) {
  return (
    <ContentLayout header={<Header variant="h1">{title}</Header>}>
      <Alert type="warning" header="Your role does not allow this">
        You are signed in as {role}; this page is for the role {needed}. Ask an administrator, or sign in as someone
        else.
      </Alert>
    </ContentLayout>
  );
}
