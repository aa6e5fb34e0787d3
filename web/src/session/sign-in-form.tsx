import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { type FormEvent, useState } from 'react';
import { ErrorAlert } from '../components/error-alert.tsx';
import { useSession } from './session.tsx';

/** @param knownAs the user who was signed in before. */
export function SignInForm({ knownAs }: { knownAs?: string }) {
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
