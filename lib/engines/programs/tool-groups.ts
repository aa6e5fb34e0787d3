/** The process groups of the tools that this process runs. Each is recorded in a file as long as it exists. */
import { join } from 'node:path';
import { forgetGroup, keepGroup, newGroupToken, TOOL_GROUPS } from './process-group.ts';

const token = newGroupToken();
let directory: string | undefined;

/**
 * From here on, groups are recorded in this task's work directory. Without this call, for example on the command line,
 * none is recorded.
 */
export function keepToolsIn(workDirectory: string): void {
  directory = join(workDirectory, TOOL_GROUPS);
}

/** The environment to start a tool with, and its group. */
export function toolEnvironment(env: Record<string, string>): Record<string, string> {
  return directory === undefined ? env : { ...env, ...token };
}

/** @returns a function to call once nothing in the group runs any more */
export function keepTool(group: number): () => void {
  if (directory === undefined) return () => {};
  try {
    const path = keepGroup(directory, group, token);
    return () => forgetGroup(path);
  } catch (error) {
    // a full disk must not stop a restore
    process.emitWarning(`the process group of a tool could not be written down: ${(error as Error).message}`);
    return () => {};
  }
}
