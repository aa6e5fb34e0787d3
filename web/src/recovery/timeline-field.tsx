import FormField from '@cloudscape-design/components/form-field';
import RadioGroup from '@cloudscape-design/components/radio-group';
import { formatLocal } from '../format/time.ts';
import type { RecoveryWindow } from './window-words.ts';
import { timelineWords } from './window-words.ts';

interface TimelineFieldProps {
  window: RecoveryWindow;
  /** Null means the default one, if there is one. */
  value: number | null;
  onChange(timeline: number): void;
}

/** Chooses the timeline to follow. Shows nothing if there is only one. */
export function TimelineField({ window, value, onChange }: TimelineFieldProps) {
  const { timelines, timeline: followed } = window;
  if (timelines.length < 2) return null;
  const chosen = value ?? followed;
  return (
    <FormField
      label="Timeline"
      description="Promoting a server starts a new timeline. After that, each timeline has its own changes."
      errorText={
        chosen === null
          ? 'Several timelines continue after this backup. Choose the one that has your changes.'
          : undefined
      }
      stretch
    >
      <RadioGroup
        value={chosen === null ? null : String(chosen)}
        onChange={({ detail }) => onChange(Number(detail.value))}
        items={timelines.map((one) => ({
          value: String(one.timeline),
          label: `Timeline ${one.timeline}`,
          description: timelineWords(one, formatLocal),
          disabled: one.problem !== null,
        }))}
      />
    </FormField>
  );
}
