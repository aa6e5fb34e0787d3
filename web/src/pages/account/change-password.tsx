import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { FormEvent } from 'react';
import { useChange } from '../../api/queries.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { TextField } from '../../forms/fields.tsx';
import { useForm } from '../../forms/use-form.ts';
import { useNotifications } from '../../shell/notifications.tsx';
import { NOTHING_TYPED, passwordChange, passwordForm } from './password-form.ts';

export function ChangePassword() {
  const { tell } = useNotifications();
  const change = useChange('PUT /api/auth/password');
  const form = useForm(NOTHING_TYPED, (values) => values, passwordForm);

  function submit(event: FormEvent) {
    event.preventDefault();
    const typed = form.submit();
    if (typed === undefined || change.isPending) return;
    change.mutate(
      { body: passwordChange(typed) },
      {
        onSuccess: () => {
          form.reset();
          tell('success', 'Your password has been changed and your other sessions have ended.');
        },
      },
    );
  }

  return (
    <form onSubmit={submit} noValidate>
      <Container
        header={
          <Header variant="h2" description="This ends your other sessions, but not this one.">
            Change password
          </Header>
        }
        footer={
          <Button variant="primary" formAction="submit" loading={change.isPending}>
            Change password
          </Button>
        }
      >
        <SpaceBetween size="l">
          <TextField
            label="Current password"
            type="password"
            autoComplete="current-password"
            field={form.field('current_password')}
          />
          <TextField
            label="New password"
            type="password"
            field={form.field('new_password')}
            constraintText="At least 12 characters. Longer is better."
          />
          <TextField label="Repeat the new password" type="password" field={form.field('repeated')} />
          {change.error !== null && <ErrorAlert error={change.error} what="Your password was not changed" />}
        </SpaceBetween>
      </Container>
    </form>
  );
}
