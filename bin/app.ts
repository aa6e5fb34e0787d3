/** The CDK app: `npm run synth`, `npx cdk deploy`. */
import { App } from 'aws-cdk-lib';
import { RestoreStack } from '../lib/restore-stack.ts';
import { stageSettings } from '../lib/stage-settings.ts';

const app = new App();
const settings = stageSettings((key) => app.node.tryGetContext(key));
new RestoreStack(app, `JagadRestore-${settings.stage}`, settings, {
  description: "Restores Jagad's backups of PostgreSQL, MySQL and MariaDB",
});
