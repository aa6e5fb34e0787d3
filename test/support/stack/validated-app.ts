/**
 * `validated-app.ts OUTDIR [spoilt]`: synthesises the stack with the CDK's own validation, which reports what it finds.
 */
import { App, CfnOutput, CfnResource, Fn } from 'aws-cdk-lib';
import cdkJson from '../../../cdk.json' with { type: 'json' };
import { RestoreStack } from '../../../lib/infra/restore-stack.ts';
import { parseSettings } from '../../../lib/infra/stage-settings.ts';

const [outdir = '', spoilt] = process.argv.slice(2);
const context = { ...cdkJson.context, stages: undefined, 'aws:cdk:bundling-stacks': [] };
const app = new App({ context, analyticsReporting: false, outdir });
const stack = new RestoreStack(app, 'Stack', parseSettings({ stage: 'test' }));
if (spoilt !== undefined) {
  const { logicalId } = stack.node.findChild('DataKey').node.defaultChild as CfnResource;
  new CfnOutput(stack, 'Wrong', { value: Fn.getAtt(stack.resolve(logicalId), 'Nonsense').toString() });
  new CfnResource(stack, 'Spoilt', { type: 'AWS::SNS::Topic', properties: { NoSuchProperty: 'x' } });
}
app.synth();
