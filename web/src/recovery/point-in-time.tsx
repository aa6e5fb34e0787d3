import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { formatZone } from '../format/time.ts';
import { timeLineOf } from './time-line.ts';
import { TimeSlider } from './time-slider.tsx';
import { isTime, parseTime, timeText, type Zone } from './time-text.ts';
import { endText, type RecoveryWindow } from './window-words.ts';

interface PointInTimeProps {
  window: RecoveryWindow;
  /** ISO 8601. While the user types, the incomplete text. */
  value: string;
  onChange(value: string): void;
  error: string | undefined;
  marks: readonly string[];
}

/** Chooses a moment, either on a time line, or by typing it in the reader's time zone or in UTC. */
export function PointInTime({ window, value, onChange, error, marks }: PointInTimeProps) {
  const { earliest, latest } = window;
  /** The text that is being typed, and its value. The text stays as typed as long as nothing else changes the value. */
  const [draft, setDraft] = useState<{ zone: Zone; text: string; value: string }>();
  const isWhole = isTime(value);
  const line = earliest !== null && latest !== null ? timeLineOf(earliest, latest) : undefined;

  function textIn(zone: Zone): string {
    if (draft?.value === value && draft.zone === zone) return draft.text;
    if (isWhole) return timeText(value, zone);
    return draft?.value === value ? '' : value;
  }
  const typedIn = draft?.value === value ? draft.zone : 'local';
  const input = (zone: Zone) => (
    <Input
      value={textIn(zone)}
      onChange={({ detail: { value: text } }) => {
        const next = parseTime(text, zone) ?? text;
        setDraft({ zone, text, value: next });
        onChange(next);
      }}
      placeholder="2026-11-22 15:04:05"
      spellcheck={false}
      autoComplete="off"
    />
  );

  return (
    <SpaceBetween size="m">
      {line !== undefined && (
        <FormField
          label="Point in time"
          description="In your time zone. The marks above the line are backups of this server."
          stretch
        >
          <TimeSlider
            {...{ line, onChange, marks }}
            endText={(time) => endText(window, time)}
            time={isWhole ? value : (latest ?? value)}
          />
        </FormField>
      )}
      <ColumnLayout columns={2} minColumnWidth={200}>
        <FormField
          label={`Your time (${formatZone(isWhole ? value : new Date().toISOString())})`}
          errorText={typedIn === 'local' && error}
        >
          {input('local')}
        </FormField>
        <FormField label="The same time in UTC" errorText={typedIn === 'utc' && error}>
          {input('utc')}
        </FormField>
      </ColumnLayout>
    </SpaceBetween>
  );
}
