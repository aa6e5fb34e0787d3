import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { FormEvent, ReactNode } from 'react';
import { ErrorAlert } from '../components/error-alert.tsx';
import { useFollow } from '../components/page-link.tsx';

interface FormPageProps {
  title: string;
  description?: string;
  submitText: string;
  busy: boolean;
  onSubmit(): void;
  /** The page that Cancel leads to. */
  backHref: string;
  /** Buttons next to Cancel and Submit, such as Test. */
  actions?: ReactNode;
  /** What is wrong with the form as a whole. */
  problem?: string | undefined;
  /** The API's error. */
  error: unknown;
  /** The heading of the error: what failed. */
  failedText: string;
  children: ReactNode;
}

/** A page that is a form. */
export function FormPage(props: FormPageProps) {
  const follow = useFollow();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!props.busy) props.onSubmit();
  };
  return (
    <form onSubmit={submit} noValidate>
      <Form
        header={
          <Header variant="h1" description={props.description}>
            {props.title}
          </Header>
        }
        {...(props.problem === undefined ? {} : { errorText: props.problem })}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" href={props.backHref} onFollow={follow}>
              Cancel
            </Button>
            {props.actions}
            <Button variant="primary" formAction="submit" loading={props.busy}>
              {props.submitText}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          {props.children}
          {props.error !== null && props.error !== undefined && (
            <ErrorAlert error={props.error} what={props.failedText} />
          )}
        </SpaceBetween>
      </Form>
    </form>
  );
}
