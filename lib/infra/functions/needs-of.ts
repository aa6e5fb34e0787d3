/** What the entry points need, gathered from the files beside them. */
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Needs } from '../../api/needs.ts';
import type { TaskProgram } from '../../restores/execution/task-programs.ts';

const ENDING = '.needs.ts';

const OF_HANDLERS = await gather('functions', (name) => import(`../../../functions/${name}.needs.ts`));
const OF_PROGRAMS = await gather(
  'containers/restore',
  (name) => import(`../../../containers/restore/${name}.needs.ts`),
);

/** @param entry a file of functions/, without its ending. @throws Error if no file beside it says what it needs. */
export function needsOfHandler(entry: string): Needs {
  return OF_HANDLERS.get(entry) ?? unknown(`functions/${entry}`);
}

/** @throws Error if no file beside the program says what it needs. */
export function needsOfProgram(program: TaskProgram): Needs {
  return OF_PROGRAMS.get(program) ?? unknown(`containers/restore/${program}`);
}

async function gather(
  directory: string,
  load: (name: string) => Promise<{ needs: Needs }>,
): Promise<ReadonlyMap<string, Needs>> {
  const files = globSync(`*${ENDING}`, { cwd: fileURLToPath(new URL(`../../../${directory}`, import.meta.url)) });
  const names = files.map((file) => basename(file, ENDING));
  return new Map(await Promise.all(names.map(async (name) => [name, (await load(name)).needs] as const)));
}

function unknown(path: string): never {
  throw new Error(`no ${path}${ENDING} says what ${path}.ts needs`);
}
