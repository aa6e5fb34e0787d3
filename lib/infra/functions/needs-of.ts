/** Reads what the entry points need from the `.needs.ts` files next to them. */
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

/** @param entry a file of functions/, without its extension. @throws Error if no file next to it says what it needs. */
export function needsOfHandler(entry: string): Needs {
  return OF_HANDLERS.get(entry) ?? unknown(`functions/${entry}`);
}

/** @throws Error if no file next to the program says what it needs. */
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
  throw new Error(`${path}${ENDING} does not exist: it has to say what ${path}.ts needs`);
}
