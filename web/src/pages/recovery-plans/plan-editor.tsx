import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { RecoveryPlan } from '../../../../lib/plans/model.ts';
import { newPlanBody } from '../../../../lib/plans/schemas.ts';
import { useChange } from '../../api/queries.ts';
import { changedFields } from '../../forms/changed-fields.ts';
import { CheckField, RadioField, TextField } from '../../forms/fields.tsx';
import { FormPage } from '../../forms/form-page.tsx';
import { useForm } from '../../forms/use-form.ts';
import { useNotifications } from '../../shell/notifications.tsx';
import { GroupFields } from './group-fields.tsx';
import { NEW_ENTRY, NEW_TRIGGER, planBody, planValues } from './plan-form.ts';
import { TriggerFields } from './trigger-fields.tsx';

/** @param stored the plan to change; undefined for a new one. */
export default function PlanEditor({ stored }: { stored?: RecoveryPlan }) {
  const [, navigate] = useLocation();
  const { tell } = useNotifications();
  const [opened] = useState(stored);
  const form = useForm(planValues(stored), planBody, newPlanBody);
  const create = useChange('POST /api/recovery-plans');
  const update = useChange('PUT /api/recovery-plans/{id}');
  const triggers = form.field('triggers');
  const groups = form.field('groups');

  async function save() {
    const body = form.submit();
    if (body === undefined) return;
    const saved = stored
      ? await update.mutateAsync({ id: stored.id, body: changedFields(body, opened) })
      : await create.mutateAsync({ body });
    tell('success', `The recovery plan ${saved.name} was saved.`);
    navigate(`/recovery-plans/${saved.id}`);
  }

  return (
    <FormPage
      title={stored ? `Edit ${stored.name}` : 'Add recovery plan'}
      description="Restores of several databases, in order."
      submitText={stored ? 'Save' : 'Add recovery plan'}
      busy={create.isPending || update.isPending}
      onSubmit={() => void save().catch(() => {})}
      backHref={stored ? `/recovery-plans/${stored.id}` : '/recovery-plans'}
      problem={form.error ?? triggers.ownError ?? groups.ownError}
      error={create.error ?? update.error}
      failedText="The recovery plan was not saved"
    >
      <Container header={<Header variant="h2">Plan</Header>}>
        <SpaceBetween size="l">
          <TextField label="Name" description="You type it to confirm each manual run." field={form.field('name')} />
          <RadioField
            label="When a restore fails"
            field={form.field('on_failure')}
            choices={[
              { value: 'stop', label: 'Stop', description: 'The groups after it are skipped.' },
              { value: 'continue', label: 'Continue', description: 'The other restores continue.' },
            ]}
          />
        </SpaceBetween>
      </Container>
      <Container
        header={
          <Header
            variant="h2"
            description="You can always run the plan manually. Triggers start it automatically."
            actions={
              <Button formAction="none" onClick={() => triggers.set([...triggers.value, NEW_TRIGGER])}>
                Add trigger
              </Button>
            }
          >
            What starts it
          </Header>
        }
      >
        <SpaceBetween size="l">
          {triggers.value.length === 0 && <span>No triggers: the plan only starts manually.</span>}
          {triggers.value.map((_, index) => (
            <TriggerFields
              // biome-ignore lint/suspicious/noArrayIndexKey: the position in the list identifies a trigger
              key={index}
              number={index + 1}
              field={triggers.at(index)}
              onRemove={() => triggers.set(triggers.value.toSpliced(index, 1))}
            />
          ))}
          {triggers.value.length > 0 && (
            <CheckField
              label="Switched on"
              description="If switched off, the plan only starts manually."
              field={form.field('enabled')}
            />
          )}
        </SpaceBetween>
      </Container>
      {groups.value.map((_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the position in the plan identifies a group
        <GroupFields key={index} groups={groups} index={index} triggers={triggers.value} />
      ))}
      <Button formAction="none" onClick={() => groups.set([...groups.value, [NEW_ENTRY]])}>
        Add group
      </Button>
    </FormPage>
  );
}
