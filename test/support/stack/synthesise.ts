import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import cdkJson from '../../../cdk.json' with { type: 'json' };
import { RestoreStack } from '../../../lib/infra/restore-stack.ts';
import { parseSettings } from '../../../lib/infra/stage-settings.ts';
import type { Template } from '../../../lib/local/stack/template.ts';

type Settings = Parameters<typeof parseSettings>[0];

const STACK = 'Stack';

/**
 * The template that would be deployed, made in this process and without bundling any code.
 * @param change is done to the stack before.
 */
export function synthesise(settings: Settings = {}, change: (stack: RestoreStack) => void = () => {}): Template {
  return synthesised(settings, change, (assembly) => assembly.getStackByName(STACK).template as Template);
}

/** How the CDK would build an image. */
interface DockerImageSource {
  dockerBuildTarget?: string;
  dockerBuildArgs?: Record<string, string>;
}

/** The images that would be built. */
export function dockerImages(settings: Settings): DockerImageSource[] {
  return synthesised(
    settings,
    () => {},
    ({ directory }) => {
      const { dockerImages } = JSON.parse(readFileSync(join(directory, `${STACK}.assets.json`), 'utf8'));
      return Object.values<{ source: DockerImageSource }>(dockerImages).map(({ source }) => source);
    },
  );
}

function synthesised<T>(
  settings: Settings,
  change: (stack: RestoreStack) => void,
  read: (assembly: CloudAssembly) => T,
): T {
  const outdir = mkdtempSync(join(tmpdir(), 'jagad-restore-synth-'));
  try {
    const context = { ...cdkJson.context, stages: undefined, 'aws:cdk:bundling-stacks': [] };
    // the CDK's own validation has a test of its own: it takes longer than all the rest, and gigabytes
    const app = new App({ context, analyticsReporting: false, builtinCloudFormationValidation: false, outdir });
    change(new RestoreStack(app, STACK, parseSettings({ stage: 'test', ...settings })));
    return read(app.synth());
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
