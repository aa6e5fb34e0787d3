/** A reader's preferences, stored in this browser. Only preferences are stored here, never a session. */
import { useState } from 'react';

const PREFIX = 'jagad-restore:';

export function readStored<T>(key: string): T | undefined {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined; // storage may be disabled, or may contain what an older version wrote
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // losing a preference does no harm
  }
}

/** State that is kept after the page is closed. Fields that an older version didn't have get their default. */
export function useStored<T extends object>(key: string, initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => ({ ...initial, ...readStored<Partial<T>>(key) }));
  const store = (next: T) => {
    writeStored(key, next);
    setValue(next);
  };
  return [value, store];
}
