import { applyMode, Mode } from '@cloudscape-design/global-styles';
import { readStored, writeStored } from './stored.ts';

const KEY = 'color-mode';
export type ColorMode = 'light' | 'dark';

/** What the reader chose, else what the system says. */
export function currentMode(): ColorMode {
  const system = window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  return readStored<ColorMode>(KEY) ?? system;
}

export function applyStoredMode(): void {
  applyMode(currentMode() === 'dark' ? Mode.Dark : Mode.Light);
}

export function chooseMode(mode: ColorMode): void {
  writeStored(KEY, mode);
  applyStoredMode();
}
