import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Template } from '../../lib/local/template.ts';
import { RestoreStack, type StageSettings } from '../../lib/restore-stack.ts';

/** The template that would be deployed, made in this process and without bundling any code. */
export function synthesise(settings: Partial<StageSettings> = {}): Template {
  const outdir = mkdtempSync(join(tmpdir(), 'jagad-restore-synth-'));
  try {
    const app = new App({ context: { 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false, outdir });
    const stack = new RestoreStack(app, 'Stack', { stage: 'test', ...settings });
    return app.synth().getStackByName(stack.stackName).template as Template;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
