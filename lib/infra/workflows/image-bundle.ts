/** How the programs of the restore image are bundled. */
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { TASK_PROGRAMS } from '../../restores/execution/task-programs.ts';

/** The directory that contains its Dockerfile. */
export const IMAGE_DIRECTORY = fileURLToPath(new URL('../../../containers/restore', import.meta.url));

/** How the image's programs are bundled. */
export const BUNDLE: BuildOptions = {
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  mainFields: ['module', 'main'],
  keepNames: true,
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'warning',
};

/** Bundles each of the image's programs into one file, which the Dockerfile copies. */
export function bundlePrograms(outdir = `${IMAGE_DIRECTORY}/dist`): void {
  buildSync({ ...BUNDLE, outdir, entryPoints: TASK_PROGRAMS.map((program) => `${IMAGE_DIRECTORY}/${program}.ts`) });
}
