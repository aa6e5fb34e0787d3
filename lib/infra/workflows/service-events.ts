import { EventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Setting } from '../../api/environment.ts';
import { actionsFor, type Command } from '../functions/command-actions.ts';

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

  environment(needs: readonly Command[]): Partial<Record<Setting, string>> {
    return needs.length > 0 ? { EVENT_BUS_NAME: this.bus.eventBusName } : {};
  }

  /** The rights that these commands need, only on this bus. */
  rights(needs: readonly Command[]): PolicyStatement[] {
    if (needs.length === 0) return [];
    return [new PolicyStatement({ actions: actionsFor(needs), resources: [this.bus.eventBusArn] })];
  }
}
