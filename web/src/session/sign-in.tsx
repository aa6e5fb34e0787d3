import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect } from 'react';
import { ErrorAlert } from '../components/error-alert.tsx';
import { useSession } from './session.tsx';
import { SignInForm } from './sign-in-form.tsx';
import './sign-in.css';

export function SignIn() {
  const { error, check } = useSession();
  useEffect(() => {
    document.title = 'Sign in – Jagad Restore';
  }, []);
  return (
    <main className="sign-in">
      <SpaceBetween size="l">
        <Box textAlign="center">
          <Box variant="h1">Jagad Restore</Box>
          <Box color="text-body-secondary">Restores PostgreSQL, MySQL and MariaDB backups.</Box>
        </Box>
        {error !== undefined && (
          <ErrorAlert
            error={error}
            what="The service does not respond"
            action={<Button onClick={check}>Try again</Button>}
          />
        )}
        <Container header={<Header variant="h2">Sign in</Header>}>
          <SignInForm />
        </Container>
      </SpaceBetween>
    </main>
  );
}
