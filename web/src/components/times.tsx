import Popover from '@cloudscape-design/components/popover';
import { useEffect, useState } from 'react';
import { formatAge } from '../format/duration.ts';
import { formatLocal, formatUtc, formatZone } from '../format/time.ts';

/** A time in the reader's own time zone. A click shows it in UTC, with its age. */
export function Time({ iso }: { iso: string | null | undefined }) {
  if (iso === null || iso === undefined) return <>–</>;
  return (
    <Popover
      size="small"
      triggerType="text"
      dismissButton={false}
      content={
        <>
          {formatLocal(iso)} ({formatZone(iso)})
          <br />
          {formatUtc(iso)}
          <br />
          <Age iso={iso} />
        </>
      }
    >
      <time dateTime={iso}>{formatLocal(iso)}</time>
    </Popover>
  );
}

/** The age of a time, updated regularly. */
export function Age({ iso }: { iso: string }) {
  return <>{formatAge(iso, useNow(10_000))}</>;
}

/** The current time, updated every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
