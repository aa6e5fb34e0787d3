import { Time } from '../components/times.tsx';
import type { Point } from './recovery-address.ts';
import { isTime } from './time-text.ts';
import { KIND } from './window-words.ts';

/** A point in words. */
export function PointText({ point: { kind, text } }: { point: Point }) {
  if (kind === 'backup') return <>{KIND.backup.label}</>;
  if (kind === 'time') return isTime(text) ? <Time iso={text} /> : <>–</>;
  return (
    <>
      {KIND[kind].label}: {text}
    </>
  );
}
