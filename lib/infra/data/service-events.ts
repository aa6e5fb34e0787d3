import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Setting } from '../../api/environment.ts';
import type { EventAction } from '../../api/needs.ts';

/** The service's own event bus: it announces changes, and takes requests. */
export class ServiceEvents extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, stage: string) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: `jagad-restore-${stage}`,
      description: 'Announces the progress of restores and verifications; takes requests for restores',
    });
  }

  environment(needs: readonly EventAction[]): Partial<Record<Setting, string>> {
    return needs.length > 0 ? { EVENT_BUS_NAME: this.bus.eventBusName } : {};
  }

  /** The rights to these actions, only on this bus. */
  rights(needs: readonly EventAction[]): PolicyStatement[] {
    if (needs.length === 0) return [];
    return [new PolicyStatement({ actions: [...needs], resources: [this.bus.eventBusArn] })];
  }
}
