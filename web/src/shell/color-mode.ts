import { applyMode, Mode } from '@cloudscape-design/global-styles';
import { useSyncExternalStore } from 'react';
import { readStored, writeStored } from './stored.ts';

const KEY = 'color-mode';
export type ColorMode = 'light' | 'dark';

const systemIsDark = window.matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

/** The reader's choice, or else the system's setting. */
function currentMode(): ColorMode {
  return readStored<ColorMode>(KEY) ?? (systemIsDark.matches ? 'dark' : 'light');
}

function applyCurrentMode(): void {
  applyMode(currentMode() === 'dark' ? Mode.Dark : Mode.Light);
  for (const changed of listeners) changed();
}

/** Shows the pages in the current mode, and follows changes of the system's setting. */
export function followColorMode(): void {
  applyCurrentMode();
  systemIsDark.addEventListener('change', applyCurrentMode);
}

export function chooseMode(mode: ColorMode): void {
  writeStored(KEY, mode);
  applyCurrentMode();
}

export function useColorMode(): ColorMode {
  return useSyncExternalStore((changed) => {
    listeners.add(changed);
    return () => listeners.delete(changed);
  }, currentMode);
}
