import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { FormEvent, ReactNode } from 'react';
import { ErrorAlert } from '../components/error-alert.tsx';

interface FormModalProps {
  title: string;
  submitText: string;
  busy: boolean;
  /** Why the form can't be sent yet. */
  disabledReason?: string | undefined;
  onSubmit(): void;
  onDismiss(): void;
  problem?: string | undefined;
  error: unknown;
  failedText: string;
  children: ReactNode;
}

/** A short form, or a question, in a dialog over the page. It is visible as long as it is rendered. */
export function FormModal(props: FormModalProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // for React, a form in a portal is inside the page's own form
    event.stopPropagation();
    if (!props.busy && props.disabledReason === undefined) props.onSubmit();
  };
  return (
    <Modal visible header={props.title} onDismiss={props.onDismiss}>
      <form onSubmit={submit} noValidate>
        <Form
          variant="embedded"
          {...(props.problem === undefined ? {} : { errorText: props.problem })}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={props.onDismiss}>
                Cancel
              </Button>
              <Button
                variant="primary"
                formAction="submit"
                loading={props.busy}
                disabled={props.disabledReason !== undefined}
                disabledReason={props.disabledReason}
              >
                {props.submitText}
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="m">
            {props.children}
            {props.error !== null && props.error !== undefined && (
              <Box>
                <ErrorAlert error={props.error} what={props.failedText} />
              </Box>
            )}
          </SpaceBetween>
        </Form>
      </form>
    </Modal>
  );
}
