import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Api } from './api/api.ts';
import { Web } from './api/web.ts';
import { dataKey } from './data/data-key.ts';
import { ServiceData } from './data/service-data.ts';
import { setStageDefaults } from './data/stage-defaults.ts';
import { explainRights } from './functions/nag-reasons.ts';
import type { StageSettings } from './stage-settings.ts';
import { AlarmTopic, Watch } from './watch/watch.ts';
import { Catalogue } from './workflows/catalogue.ts';
import { Network } from './workflows/network.ts';
import { RecoveryPlans } from './workflows/recovery-plans.ts';
import { RestoreEvents } from './workflows/restore-events.ts';
import { RestoreTask } from './workflows/restore-task.ts';
import { RestoreWorkflow } from './workflows/restore-workflow.ts';
import { StandingChecks } from './workflows/standing-checks.ts';
import { VerificationWorkflow } from './workflows/verification-workflow.ts';

export interface RestoreStackProps extends StackProps {
  /**
   * Whether the API only answers requests from CloudFront. False on one machine, which has no CloudFront; true by
   * default.
   */
  isBehindEdge?: boolean;
}

/** The whole service, as deployed. */
export class RestoreStack extends Stack {
  constructor(scope: Construct, id: string, settings: StageSettings, props: RestoreStackProps = {}) {
    super(scope, id, props);
    const key = dataKey(this, settings);
    setStageDefaults(this, settings, key);
    const network = new Network(this, 'Network', settings);
    const data = new ServiceData(this, settings, { key, isBehindEdge: props.isBehindEdge ?? true });
    const task = new RestoreTask(this, 'RestoreTask', { network, data, settings, image: 'restore' });
    const recoveryTask = new RestoreTask(this, 'RecoveryTask', {
      ...{ network, data, settings },
      image: 'physical',
      cluster: task.cluster,
    });
    const restores = new RestoreWorkflow(this, 'Restore', { data, task, recoveryTask });
    const verifications = new VerificationWorkflow(this, 'Verification', { data, task });
    const { bucketPrefix, allowedOrigins, alarmEmails } = settings;
    const catalogue = new Catalogue(this, 'Catalogue', { data, bucketPrefix, verifications: verifications.machine });
    const plans = new RecoveryPlans(this, 'Plans', { data, network, restores: restores.machine });
    const standing = new StandingChecks(this, 'StandingChecks', { data, network, jobEnd: catalogue.jobEnd });
    const machines = {
      restores: restores.machine,
      verifications: verifications.machine,
      scans: catalogue.scans,
      newBackups: catalogue.newBackups,
      contents: catalogue.contents,
      plans: plans.machine,
      standingChecks: standing.machine,
    };
    const api = new Api(this, 'Api', { data, network, machines, allowedOrigins });
    new RestoreEvents(this, 'RestoreRequests', { data, restores: restores.machine });
    const web = new Web(this, 'Web', { api: api.http, originHeader: data.secrets.originHeader, settings });
    const alarms = new AlarmTopic(this, 'Alarms', alarmEmails);
    new Watch(this, 'Watch', {
      ...{ settings, data, task, api: api.http, topic: alarms },
      restores: restores.machine,
      verifications: verifications.machine,
      jobs: [catalogue.scans, catalogue.newBackups, catalogue.contents, plans.machine, standing.machine],
    });
    explainRights(this);

    new CfnOutput(this, 'Url', { value: web.url });
    new CfnOutput(this, 'Distribution', {
      value: web.distribution.distributionDomainName,
      description: 'CloudFront domain name: create a DNS alias for your own domain name that points to it',
    });
    new CfnOutput(this, 'EventBusName', { value: data.events.bus.eventBusName });
    new CfnOutput(this, 'BackupsBucket', { value: data.backups.bucketName });
    new CfnOutput(this, 'AlarmTopicArn', { value: alarms.topicArn });
    new CfnOutput(this, 'TaskSecurityGroup', {
      value: network.clients.securityGroupId,
      description: 'Let this security group in at each database that you restore to',
    });
  }
}
