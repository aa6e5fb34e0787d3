import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import cdkJson from '../../cdk.json' with { type: 'json' };
import type { Template } from '../../lib/local/template.ts';
import { RestoreStack } from '../../lib/restore-stack.ts';
import { parseSettings } from '../../lib/stage-settings.ts';

/**
 * The template that would be deployed, made in this process and without bundling any code.
 * @param change is done to the stack before.
 */
export function synthesise(
  settings: Parameters<typeof parseSettings>[0] = {},
  change: (stack: RestoreStack) => void = () => {},
): Template {
  const outdir = mkdtempSync(join(tmpdir(), 'jagad-restore-synth-'));
  try {
    const context = { ...cdkJson.context, stages: undefined, 'aws:cdk:bundling-stacks': [] };
    const app = new App({ context, analyticsReporting: false, outdir });
    const stack = new RestoreStack(app, 'Stack', parseSettings({ stage: 'test', ...settings }));
    change(stack);
    return app.synth().getStackByName(stack.stackName).template as Template;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
