import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { StorageProvider } from '../../../../lib/connections/providers/model.ts';
import { storageProviderDraftBody } from '../../../../lib/connections/providers/schemas.ts';
import { useChange } from '../../api/queries.ts';
import { changedFields } from '../../forms/changed-fields.ts';
import { TestOutcome, useDraftTest } from '../../forms/draft-test.tsx';
import { FormPage } from '../../forms/form-page.tsx';
import { useForm } from '../../forms/use-form.ts';
import { useNotifications } from '../../shell/notifications.tsx';
import { ProviderFields } from './provider-fields.tsx';
import { ProviderFindings } from './provider-findings.tsx';
import { keepsSecretKey, providerBody, providerDraft, providerValues, usesKeys } from './provider-form.ts';

/** @param stored the provider to change; undefined for a new one. */
export default function ProviderEditor({ stored }: { stored?: StorageProvider }) {
  const [, navigate] = useLocation();
  const { tell } = useNotifications();
  const [opened] = useState(stored);
  const form = useForm(providerValues(stored), (values) => providerDraft(values, stored), storageProviderDraftBody);
  const create = useChange('POST /api/storage-providers');
  const update = useChange('PUT /api/storage-providers/{id}');
  const test = useDraftTest('POST /api/storage-providers/test', form.body);
  const { values } = form;
  const isKeyMissing = usesKeys(values) && values.secret_key === '' && !keepsSecretKey(values, stored);

  async function save() {
    const draft = form.submit();
    if (draft === undefined) return;
    const saved = stored
      ? await update.mutateAsync({ id: stored.id, body: changedFields(providerBody(draft), opened) })
      : await create.mutateAsync({ body: { ...providerBody(draft), is_default: form.values.is_default } });
    tell('success', `The storage provider ${saved.name} was saved.${stored ? '' : ' Scan it to find its backups.'}`);
    navigate(`/storage-providers/${saved.id}`);
  }

  return (
    <FormPage
      title={stored ? `Edit ${stored.name}` : 'Add storage provider'}
      description="The bucket that Jagad writes its backups to."
      submitText={stored ? 'Save' : 'Add storage provider'}
      busy={create.isPending || update.isPending}
      onSubmit={() => void save().catch(() => {})}
      backHref={stored ? `/storage-providers/${stored.id}` : '/storage-providers'}
      problem={form.error}
      error={create.error ?? update.error}
      failedText="The storage provider was not saved"
      actions={
        <Button
          formAction="none"
          loading={test.isPending}
          disabled={stored !== undefined && isKeyMissing}
          disabledReason="Type the secret key again to test: the stored one was given for a different endpoint or access key."
          onClick={() => test.run(form.submit())}
        >
          Test
        </Button>
      }
    >
      <ProviderFields form={form} stored={stored} />
      {test.isStarted && (
        <Container header={<Header variant="h2">Test</Header>}>
          <TestOutcome test={test} whatFailed="The storage provider was not tested">
            {(findings) => <ProviderFindings findings={findings} />}
          </TestOutcome>
        </Container>
      )}
    </FormPage>
  );
}
