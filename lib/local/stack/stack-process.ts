/**
 * `stack-process.ts DIRECTORY`: synthesises the stack and sends it to its parent. Then it ends, which frees the memory.
 */
import { App } from 'aws-cdk-lib';
import { ENTRY_METADATA } from '../../infra/functions/service-function.ts';
import { RestoreStack } from '../../infra/restore-stack.ts';
import { parseSettings } from '../../infra/stage-settings.ts';
import { BUCKET, STAGE } from './stage.ts';
import { type LocalStack, readTemplate, type Template } from './template.ts';

process.send?.(synthesise(String(process.argv[2])), () => process.disconnect());

/**
 * The template that would be deployed. Code isn't bundled, because this machine runs it from its sources.
 * @param directory receives what the CDK writes.
 */
function synthesise(directory: string): LocalStack {
  const app = new App({
    outdir: directory,
    context: { 'aws:cdk:bundling-stacks': [] },
    analyticsReporting: false,
    // nothing is deployed from here, and bundling takes longer than everything else
    builtinCloudFormationValidation: false,
  });
  const settings = parseSettings({ stage: STAGE, bucketName: BUCKET });
  const stack = new RestoreStack(app, 'Local', settings, { isBehindEdge: false });
  return readTemplate(app.synth().getStackByName(stack.stackName).template as Template, ENTRY_METADATA);
}
