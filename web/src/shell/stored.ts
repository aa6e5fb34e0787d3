/** A reader's preferences, kept in this browser. Only preferences: a session is never stored here. */
import { useState } from 'react';

const PREFIX = 'jagad-restore:';

export function readStored<T>(key: string): T | undefined {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined; // storage may be disabled, or contain what an older version wrote
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // losing a preference is harmless
  }
}

/** State that survives the page. Fields that an older version didn't know get their default. */
export function useStored<T extends object>(key: string, initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => ({ ...initial, ...readStored<Partial<T>>(key) }));
  const store = (next: T) => {
    writeStored(key, next);
    setValue(next);
  };
  return [value, store];
}
