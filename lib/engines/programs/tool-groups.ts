/** The process groups of the tools that this process runs: each is recorded in a file while it lives. */
import { join } from 'node:path';
import { forgetGroup, keepGroup, newGroupToken, TOOL_GROUPS } from './process-group.ts';

const token = newGroupToken();
let directory: string | undefined;

/** From here on, the groups are recorded in this task's work directory. Without it, as for work by hand, none is. */
export function keepToolsIn(workDirectory: string): void {
  directory = join(workDirectory, TOOL_GROUPS);
}

/** What a tool is started with. */
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
    // a full disk must not keep a restore from its work
    process.emitWarning(`the process group of a tool could not be written down: ${(error as Error).message}`);
    return () => {};
  }
}
