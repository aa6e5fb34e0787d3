import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, useEffect, useState } from 'react';
import { ErrorAlert } from '../components/error-alert.tsx';
import { useSession } from './session.tsx';
import './sign-in.css';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';

/** The page as long as no one is signed in. */
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

/** Shown over the page, so that everything typed into the page is kept. */
export function SessionEnded() {
  const { state, user } = useSession();
  if (state !== 'ended') return null;
  return (
    <Modal visible header="Your session has ended" onDismiss={() => window.location.reload()}>
      <SpaceBetween size="m">
        <div>Sign in to continue: nothing that you typed is lost. Running restores are not affected.</div>
        <SignInForm {...(user === undefined ? {} : { knownAs: user.user })} />
      </SpaceBetween>
    </Modal>
  );
}

/** @param knownAs the user who was signed in before. */
function SignInForm({ knownAs }: { knownAs?: string }) {
  const { signIn } = useSession();
  const [username, setUsername] = useState(knownAs ?? '');
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  async function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (busy || username === '' || password === '') return;
    setBusy(true);
    try {
      await signIn(username, password);
    } catch (failure) {
      setError(failure);
      setPassword('');
      setBusy(false);
    }
  }

  return (
    <form onSubmit={submit}>
      <SpaceBetween size="m">
        {error !== undefined && <ErrorAlert error={error} what="You are not signed in" />}
        <FormField label="User name" errorText={tried && username === '' ? 'Enter your user name.' : undefined}>
          <Input
            value={username}
            onChange={({ detail }) => setUsername(detail.value)}
            autoComplete="username"
            name="username"
            spellcheck={false}
            autoFocus={username === ''}
          />
        </FormField>
        <FormField
          label="Password"
          errorText={tried && password === '' && error === undefined ? 'Enter your password.' : undefined}
        >
          <Input
            type="password"
            value={password}
            onChange={({ detail }) => setPassword(detail.value)}
            autoComplete="current-password"
            name="password"
            autoFocus={username !== ''}
          />
        </FormField>
        <Button variant="primary" formAction="submit" loading={busy} loadingText="Signing in" fullWidth>
          Sign in
        </Button>
      </SpaceBetween>
    </form>
  );
}
