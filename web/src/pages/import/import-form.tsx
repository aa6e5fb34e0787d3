import LiveRegion from '@cloudscape-design/components/live-region';
import ProgressBar from '@cloudscape-design/components/progress-bar';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { ReactNode } from 'react';
import { FormPage } from '../../forms/form-page.tsx';
import { ImportResult } from './import-result.tsx';
import type { Import, Progress } from './use-import.ts';
import type { WayProps } from './way-props.ts';

interface ImportFormProps extends Pick<WayProps, 'choice'> {
  importing: Import;
  onSubmit(): void;
  problem: string | undefined;
  /** Shown until the first response arrives. */
  waiting: string;
  children: ReactNode;
}

/** The form for either kind of import, the import's progress, and its result. */
export function ImportForm({ importing, choice, onSubmit, problem, waiting, children }: ImportFormProps) {
  const { progress, answer, error } = importing;
  const isBusy = progress !== undefined;
  return (
    <SpaceBetween size="l">
      <FormPage
        title="Import from Jagad"
        description="Copies Jagad's records of storage providers, connections and backups. Existing records only get their missing fields, so you can import again at any time."
        submitText="Import"
        busy={isBusy}
        onSubmit={onSubmit}
        backHref="/backups"
        problem={problem}
        error={error}
        failedText="The import failed"
      >
        {choice(isBusy)}
        {children}
        <LiveRegion>{isBusy && <HowFar progress={progress} waiting={waiting} />}</LiveRegion>
      </FormPage>
      {answer !== undefined && !isBusy && <ImportResult answer={answer} failed={error !== undefined} />}
    </SpaceBetween>
  );
}

function HowFar({ progress: { done, of }, waiting }: { progress: Progress; waiting: string }) {
  if (of === undefined) return <StatusIndicator type="loading">{waiting}</StatusIndicator>;
  return (
    <ProgressBar
      value={of === 0 ? 100 : Math.floor((100 * done) / of)}
      label="Importing"
      description="Keep this page open until it is done."
      additionalInfo={`${done.toLocaleString('en')} of ${of.toLocaleString('en')} backups`}
    />
  );
}
