import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Connection } from '../../../../lib/connections/model.ts';
import { connectionDraftBody } from '../../../../lib/connections/schemas.ts';
import { useChange } from '../../api/queries.ts';
import { ConnectionFindings } from '../../components/connection-findings.tsx';
import { changedFields } from '../../forms/changed-fields.ts';
import { TestOutcome, useDraftTest } from '../../forms/draft-test.tsx';
import { FormPage } from '../../forms/form-page.tsx';
import { useForm } from '../../forms/use-form.ts';
import { useNotifications } from '../../shell/notifications.tsx';
import { ConnectionFields } from './connection-fields.tsx';
import {
  connectionDraft,
  connectionUpdate,
  connectionValues,
  needsArnAgain,
  needsPasswordAgain,
  newConnection,
} from './connection-form.ts';

/** @param stored the connection to change; undefined for a new one. */
export default function ConnectionEditor({ stored }: { stored?: Connection }) {
  const [, navigate] = useLocation();
  const { tell } = useNotifications();
  const [opened] = useState(stored);
  const form = useForm(connectionValues(stored), (values) => connectionDraft(values, stored), connectionDraftBody);
  const create = useChange('POST /api/connections');
  const update = useChange('PUT /api/connections/{id}');
  const test = useDraftTest('POST /api/connections/test', form.body);
  const asksForArn = needsArnAgain(form.values, stored);

  async function save() {
    const draft = form.submit();
    if (draft === undefined) return;
    const saved = stored
      ? await update.mutateAsync({
          id: stored.id,
          body: {
            ...changedFields(connectionUpdate(draft), opened),
            ...(asksForArn ? { secret_arn: draft.secret_arn } : {}),
          },
        })
      : await create.mutateAsync({ body: newConnection(draft) });
    tell('success', `The connection ${saved.name} was saved.`);
    navigate(`/connections/${saved.id}`);
  }

  return (
    <FormPage
      title={stored ? `Edit ${stored.name}` : 'Add connection'}
      description="A database server that backups are made from, or restored to."
      submitText={stored ? 'Save' : 'Add connection'}
      busy={create.isPending || update.isPending}
      onSubmit={() => void save().catch(() => {})}
      backHref={stored ? `/connections/${stored.id}` : '/connections'}
      problem={form.error}
      error={create.error ?? update.error}
      failedText="The connection was not saved"
      actions={
        <Button
          formAction="none"
          loading={test.isPending}
          disabled={asksForArn || needsPasswordAgain(form.values, stored)}
          disabledReason={
            asksForArn
              ? 'Save first: the secret is only tested with the saved settings.'
              : 'Type the password again to test: the stored one was given for a different server or user, or for stronger TLS.'
          }
          onClick={() => test.run(form.submit())}
        >
          Test
        </Button>
      }
    >
      <ConnectionFields form={form} stored={stored} />
      {test.isStarted && (
        <Container header={<Header variant="h2">Test</Header>}>
          <TestOutcome test={test} whatFailed="The connection was not tested">
            {(findings) => <ConnectionFindings findings={findings} username={form.values.username} />}
          </TestOutcome>
        </Container>
      )}
    </FormPage>
  );
}
