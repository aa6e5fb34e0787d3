import { type IPropertyInjector, PropertyInjectors, RemovalPolicy } from 'aws-cdk-lib';
import { Table, TableEncryption, type TableProps } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { StageSettings } from '../stage-settings.ts';

/**
 * Defaults for everything in the stack that keeps data: the one key, how long logs are kept, and whether data outlives
 * the stack. A construct's own settings take precedence.
 */
export function setStageDefaults(scope: Construct, settings: StageSettings, key: IKey): void {
  const removalPolicy = settings.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
  const retention = settings.logRetentionDays;
  PropertyInjectors.of(scope).add(
    defaults(LogGroup, { encryptionKey: key, retention, removalPolicy }),
    defaults(Table, {
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      removalPolicy,
    } satisfies Partial<TableProps>),
    defaults(Secret, { encryptionKey: key, removalPolicy }),
    defaults(Topic, { masterKey: key, enforceSSL: true }),
    defaults(Lambda, { environmentEncryption: key }),
  );
}

function defaults(
  { PROPERTY_INJECTION_ID: constructUniqueId }: { PROPERTY_INJECTION_ID: string },
  values: object,
): IPropertyInjector {
  return { constructUniqueId, inject: (given) => ({ ...values, ...given }) };
}
