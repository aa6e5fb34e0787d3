/** The CDK app: `npm run synth`, `npm run deploy -- --stage prod`. */
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { RestoreStack } from '../lib/infra/restore-stack.ts';
import { stageSettings } from '../lib/infra/stage-settings.ts';

const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
const settings = stageSettings((key) => app.node.tryGetContext(key));
new RestoreStack(app, `JagadRestore-${settings.stage}`, settings, {
  description: "Restores Jagad's backups of PostgreSQL, MySQL and MariaDB",
});
