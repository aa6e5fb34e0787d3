import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalCredentials } from '../aws/credentials.ts';
import { replaceFile } from './atomic-file.ts';

/**
 * What a command of this machine's operator needs to know about the running service: the address of its tables, and the
 * key pair.
 */
export interface RunningService {
  dynamoDbUrl: string;
  credentials: LocalCredentials;
  /** The environment variables that name the tables. */
  tables: Record<string, string>;
}

/** The file is in the state directory while the service runs, and only its owner can read it. */
const NAME = 'service.json';

export function writeServiceFile(directory: string, service: RunningService): void {
  replaceFile(join(directory, NAME), JSON.stringify(service));
}

/** Undefined if no service has written it yet. */
export function readServiceFile(directory: string): RunningService | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, NAME), 'utf8')) as RunningService;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function removeServiceFile(directory: string): void {
  rmSync(join(directory, NAME), { force: true });
}
