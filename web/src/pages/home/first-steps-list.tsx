import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Steps from '@cloudscape-design/components/steps';
import { useConnectionNames } from '../../api/names.ts';
import { useRead } from '../../api/queries.ts';
import { CALM_MS } from '../../api/refresh-interval.ts';
import { PageLink } from '../../components/page-link.tsx';
import { firstSteps } from './first-steps.ts';

/** What to do first. Shown until something has been restored. */
export function FirstSteps({ hasBackups, hasRestores }: { hasBackups: boolean; hasRestores: boolean }) {
  const { connections } = useConnectionNames();
  const { data: health } = useRead('GET /api/health', { refresh: () => CALM_MS });
  const steps = firstSteps({
    providers: health?.storage_provider_set ?? false,
    encryptionKeys: health?.encryption_key_set ?? false,
    connections: connections.length > 0,
    backups: hasBackups,
    restores: hasRestores,
  });
  return (
    <Container
      header={
        <Header variant="h2" description="From an empty service to the first restore.">
          Getting started
        </Header>
      }
    >
      <Steps
        ariaLabel="Getting started"
        steps={steps.map(({ title, text, href, done }) => ({
          status: done ? 'success' : 'pending',
          statusIconAriaLabel: done ? 'Done' : 'To do',
          header: <PageLink href={href}>{title}</PageLink>,
          details: <Box color="text-body-secondary">{text}</Box>,
        }))}
      />
    </Container>
  );
}
