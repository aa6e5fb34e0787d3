import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Replaces a file that only its owner can read. Even if the process or the machine stops at any moment, the complete
 * old file or the complete new one is there.
 */
export function replaceFile(path: string, content: string | Uint8Array): void {
  const next = `${path}.new`;
  try {
    const file = openSync(next, 'w', 0o600);
    try {
      writeFileSync(file, content);
      fsyncSync(file); // without this, a power cut after the rename leaves an empty file
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
