import './time-line.css';
import Slider from '@cloudscape-design/components/slider';
import { formatLocal } from '../format/time.ts';
import { fractionOf, positionOf, type TimeLine, timeAt } from './time-line.ts';

interface TimeSliderProps {
  line: TimeLine;
  /** The label of the line's last time. It begins with `about` if the time is an estimate. */
  endText(time: string): string;
  /** ISO 8601. */
  time: string;
  onChange(time: string): void;
  /** When backups were made. They are shown as marks; the page also says in words what matters about them. */
  marks: readonly string[];
}

/** A time range with a handle. The arrow keys move to the next round time, Home and End to the ends. */
export function TimeSlider({ line, endText, time, onChange, marks }: TimeSliderProps) {
  const position = positionOf(line, time);
  const fractions = [...new Set(marks.map((mark) => fractionOf(line, mark)))];

  function textOf(one: number): string {
    if (one === line.last) return endText(formatLocal(timeAt(line, one)));
    // the typed time may be between two positions
    return formatLocal(one === position && one > 0 ? time : timeAt(line, one));
  }

  return (
    <>
      <div className="time-line-marks" aria-hidden="true">
        {fractions.map(
          (fraction) =>
            fraction !== undefined && (
              <span key={fraction} className="time-line-mark" style={{ insetInlineStart: `${fraction * 100}%` }} />
            ),
        )}
      </div>
      <Slider
        min={0}
        max={line.last}
        value={position}
        onChange={({ detail }) => onChange(timeAt(line, detail.value))}
        valueFormatter={textOf}
      />
    </>
  );
}
