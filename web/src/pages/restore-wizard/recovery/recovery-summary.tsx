import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import { Time } from '../../../components/times.tsx';
import { PointText } from '../../../recovery/point-text.tsx';
import { type Backup, madeAt, typeText } from '../../backups/restorable.ts';
import { pointOfForm, type RecoveryForm } from './form.ts';

interface RecoverySummaryProps {
  backup: Backup;
  form: RecoveryForm;
  /** The followed timeline, if there are several. */
  timeline: number | null | undefined;
  /** The target, in words. */
  server: string;
}

/** What is restored, to which point, and where to. */
export function RecoverySummary({ backup, form, timeline, server }: RecoverySummaryProps) {
  return (
    <Container header={<Header variant="h2">Summary</Header>}>
      <KeyValuePairs
        columns={3}
        minColumnWidth={200}
        items={[
          { label: 'Backup', value: backup.label ?? backup.id },
          { label: 'Type', value: typeText(backup) },
          { label: 'Made', value: <Time iso={madeAt(backup)} /> },
          { label: 'Recovered to', value: <PointText point={pointOfForm(form)} /> },
          ...(form.kind === 'backup' || !timeline ? [] : [{ label: 'Timeline', value: String(timeline) }]),
          {
            label: 'Databases',
            value: form.databases.map(({ from, to }) => <div key={to}>{from === to ? from : `${from} as ${to}`}</div>),
          },
          { label: 'Target server', value: server },
        ]}
      />
    </Container>
  );
}
