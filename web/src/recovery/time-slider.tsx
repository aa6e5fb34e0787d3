import './time-line.css';
import Slider from '@cloudscape-design/components/slider';
import { formatLocal } from '../format/time.ts';
import { fractionOf, positionOf, type TimeLine, timeAt } from './time-line.ts';

interface TimeSliderProps {
  line: TimeLine;
  /** The label of the line's last time: preceded by `about` if it is an estimate. */
  endText(time: string): string;
  /** ISO 8601. */
  time: string;
  onChange(time: string): void;
  /** When backups were made: shown as marks; everything that matters about them is also said in words. */
  marks: readonly string[];
}

/** A time range with a handle: arrow keys go from one round time to the next, Home and End to the ends. */
export function TimeSlider({ line, endText, time, onChange, marks }: TimeSliderProps) {
  const position = positionOf(line, time);
  const fractions = [...new Set(marks.map((mark) => fractionOf(line, mark)))];

  function textOf(one: number): string {
    if (one === line.last) return endText(formatLocal(timeAt(line, one)));
    // the typed time may differ from its position
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
