/** The stack as one machine reads it, synthesised once for all processes that start a service of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesiseApart } from '../../../lib/local/stack/synthesise-apart.ts';
import type { LocalStack } from '../../../lib/local/stack/template.ts';

/** The environment variable by which this process, and those that it starts, find the stack. */
const STACK_FILE = 'JAGAD_RESTORE_TEST_STACK';

/** Synthesises the stack, unless it is known. @returns what removes it. */
export async function provideStack(): Promise<() => void> {
  if (process.env[STACK_FILE] !== undefined) return () => {};
  const directory = mkdtempSync(join(tmpdir(), 'jagad-restore-stack-'));
  const file = join(directory, 'stack.json');
  writeFileSync(file, JSON.stringify(await synthesiseApart(join(directory, 'cdk.out'))));
  process.env[STACK_FILE] = file;
  return () => rmSync(directory, { recursive: true, force: true });
}

/** The path of the stack, for programs that are given it. */
export function stackFile(): string {
  const file = process.env[STACK_FILE];
  if (file === undefined) throw new Error(`${STACK_FILE} is not set: provideStack() was not called`);
  return file;
}

export function knownStack(): LocalStack {
  return JSON.parse(readFileSync(stackFile(), 'utf8')) as LocalStack;
}
