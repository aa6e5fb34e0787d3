/** Tests settings before they are stored. */
import Box from '@cloudscape-design/components/box';
import LiveRegion from '@cloudscape-design/components/live-region';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { AnswerOf, BodyInputOf } from '../../../lib/api/routes.ts';
import { call } from '../api/client.ts';
import { ErrorAlert } from '../components/error-alert.tsx';

type TestKey = 'POST /api/connections/test' | 'POST /api/storage-providers/test';

export interface DraftTest<K extends TestKey> {
  isStarted: boolean;
  isPending: boolean;
  error: Error | null;
  findings: AnswerOf<K> | undefined;
  /** Whether the settings have changed since the test. */
  isStale: boolean;
  run(body: BodyInputOf<K> | undefined): void;
}

/** @param typed the form's current content. */
export function useDraftTest<K extends TestKey>(key: K, typed: BodyInputOf<K> | undefined): DraftTest<K> {
  // a test changes nothing, so nothing has to be read again
  const { mutate, variables, data, error, isIdle, isPending } = useMutation({
    mutationFn: async (body: BodyInputOf<K>) => (await call(key, { body })).data,
  });
  return {
    isStarted: !isIdle,
    isPending,
    error,
    findings: data,
    isStale: JSON.stringify(variables) !== JSON.stringify(typed),
    run: (body) => {
      if (body !== undefined) mutate(body);
    },
  };
}

interface TestOutcomeProps<K extends TestKey> {
  test: DraftTest<K>;
  whatFailed: string;
  children(findings: AnswerOf<K>): ReactNode;
}

export function TestOutcome<K extends TestKey>({ test, whatFailed, children }: TestOutcomeProps<K>) {
  return (
    <LiveRegion>
      <SpaceBetween size="m">
        {test.isPending && <StatusIndicator type="loading">Testing, which takes at most 15 seconds.</StatusIndicator>}
        {test.isStale && !test.isPending && (
          <Box color="text-body-secondary">The settings have changed since this test: test again to be sure.</Box>
        )}
        {test.error !== null && <ErrorAlert error={test.error} what={whatFailed} />}
        {test.findings !== undefined && children(test.findings)}
      </SpaceBetween>
    </LiveRegion>
  );
}
