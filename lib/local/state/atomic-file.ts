import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Replaces a file, readable only by its owner. Whenever the process, the machine or its power ends, either the old or
 * the new file is there, complete.
 */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const next = `${path}.new`;
  try {
    const file = openSync(next, 'w', 0o600);
    try {
      writeFileSync(file, content);
      fsyncSync(file); // otherwise a power cut after the rename leaves an empty file
    } finally {
      closeSync(file);
    }
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
