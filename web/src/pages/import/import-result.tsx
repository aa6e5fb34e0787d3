import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useEffect, useRef } from 'react';
import { JobProgress } from '../../components/job-progress.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { sentence } from '../../format/sentence.ts';
import type { ImportAnswer, JagadAnswer } from './import-answers.ts';
import { outcomeOf, passwordsToSet, secretKeysToSet } from './result-words.ts';
import { SaidTable } from './said-table.tsx';

interface ImportResultProps {
  answer: ImportAnswer | JagadAnswer;
  /** Whether the import ended before everything was sent. */
  failed: boolean;
}

/** What an import added, what it could not import, and what to do next. */
export function ImportResult({ answer, failed }: ImportResultProps) {
  const { storage_providers, connections, backups, skipped, warnings, verification_job } = answer;
  const { type, text } = outcomeOf(answer, failed);
  const notes = 'notes' in answer ? answer.notes : [];
  const top = useRef<HTMLDivElement>(null);
  // not returned, because browsers may return a promise, which React would take for a clean-up function
  useEffect(() => {
    top.current?.scrollIntoView();
  }, []);
  return (
    <div ref={top}>
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">Result</Header>}>
          <SpaceBetween size="l">
            <StatusIndicator type={type}>{text}</StatusIndicator>
            {notes.map((note) => (
              <Alert key={note} type="warning" header="About Jagad's lists as a whole">
                {sentence(note)}
              </Alert>
            ))}
            <KeyValuePairs
              columns={4}
              items={[
                { label: 'New storage providers', value: storage_providers.created },
                { label: 'Storage providers already known', value: storage_providers.known },
                { label: 'New connections', value: connections.created },
                { label: 'Connections already known', value: connections.known },
                { label: 'New backups', value: backups.created },
                { label: 'Backups corrected', value: backups.corrected },
                { label: 'Backups completed', value: backups.filled },
                { label: 'Backups already known', value: backups.known },
                ...(backups.left > 0 ? [{ label: 'Backups not reached', value: backups.left }] : []),
              ]}
            />
            <NextSteps answer={answer} />
            {verification_job !== null && (
              <SpaceBetween size="s">
                <Header variant="h3">Verification of the new backups</Header>
                <JobProgress id={verification_job} />
              </SpaceBetween>
            )}
          </SpaceBetween>
        </Container>
        {skipped.length > 0 && (
          <SaidTable
            title="Not imported"
            description="These records were not imported, for the reasons given."
            said={skipped}
          />
        )}
        {warnings.length > 0 && (
          <SaidTable
            title="To review"
            description="These records were imported, but something was corrected, contradicts Jagad or affects a restore: check each."
            said={warnings}
          />
        )}
      </SpaceBetween>
    </div>
  );
}

function NextSteps({ answer }: { answer: ImportAnswer }) {
  const passwords = passwordsToSet(answer);
  const secretKeys = secretKeysToSet(answer);
  return (
    <section aria-label="What to do next">
      <Header variant="h3">What to do next</Header>
      <ul>
        {secretKeys !== undefined && (
          <li>
            {secretKeys} <PageLink href="/storage-providers">Storage providers</PageLink>
          </li>
        )}
        {passwords !== undefined && (
          <li>
            {passwords} <PageLink href="/connections">Connections</PageLink>
          </li>
        )}
        <li>
          <PageLink href="/backups">See the backups</PageLink>
        </li>
      </ul>
    </section>
  );
}
