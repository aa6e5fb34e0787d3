/** What a reader prefers, kept in this browser. Preferences only: a session never stands here. */
import { useState } from 'react';

const PREFIX = 'jagad-restore:';

export function readStored<T>(key: string): T | undefined {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined; // storage may be off, or hold what an older version wrote
  }
}

export function writeStored(key: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // losing a preference is harmless
  }
}

/** State that outlives the page. Fields that an older version did not know have their default. */
export function useStored<T extends object>(key: string, initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => ({ ...initial, ...readStored<Partial<T>>(key) }));
  const store = (next: T) => {
    writeStored(key, next);
    setValue(next);
  };
  return [value, store];
}
