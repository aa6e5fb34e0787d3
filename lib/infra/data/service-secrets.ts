import { SecretValue, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Setting } from '../../api/environment.ts';
import type { SecretAction, SecretKind, SecretNeeds } from '../../api/needs.ts';
import { secretNames } from '../../connections/secret-names.ts';
import { explain } from '../functions/nag-reasons.ts';
import type { StageSettings } from '../stage-settings.ts';

const READ: SecretAction = 'secretsmanager:GetSecretValue';
const CREATE: SecretAction = 'secretsmanager:CreateSecret';

/** Every secret's ARN ends with a hyphen and six random characters. */
const SUFFIX = '-??????';

/**
 * The secrets that every stage has. Those of connections and storage providers are created along with them, under the
 * same prefix.
 */
export class ServiceSecrets extends Construct {
  /** The secret that CloudFront sends to the API. */
  readonly originHeader: Secret;
  readonly #environment: Partial<Record<Setting, string>>;
  readonly #keyArn: string;
  readonly #originHeaderName: string | undefined;
  readonly #resources: Record<SecretKind, string[]>;
  readonly #secretKeyArns: string[];

  /** @param isBehindEdge whether the API only answers CloudFront. */
  constructor(
    scope: Construct,
    id: string,
    { stage, encryptionKeysSecretArn, secretKeyArns }: StageSettings,
    { key, isBehindEdge }: { key: IKey; isBehindEdge: boolean },
  ) {
    super(scope, id);
    const prefix = `jagad-restore/${stage}`;
    const names = secretNames(prefix);
    const arn = (name: string) => Stack.of(this).formatArn({ service: 'secretsmanager', resource: `secret:${name}` });
    this.#keyArn = key.keyArn;
    this.#secretKeyArns = secretKeyArns;
    this.#originHeaderName = isBehindEdge ? names.originHeader : undefined;
    this.#environment = {
      SECRETS_PREFIX: prefix,
      ENCRYPTION_KEYS_SECRET: encryptionKeysSecretArn ?? names.encryptionKeys,
    };
    const adminPassword = new Secret(this, 'AdminPassword', {
      secretName: names.adminPassword,
      description: 'The initial password of the first administrator, called admin.',
      generateSecretString: { passwordLength: 24, excludePunctuation: true },
    });
    explain(adminPassword, {
      'AwsSolutions-SMG4': 'It opens one account, whose owner changes the password in the service.',
    });
    this.originHeader = new Secret(this, 'OriginHeader', {
      secretName: names.originHeader,
      description: 'What CloudFront sends with each request. The API refuses requests without it.',
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
    });
    explain(this.originHeader, {
      'AwsSolutions-SMG4': 'The deployment gives it to CloudFront, so only a deployment can change it.',
    });
    if (encryptionKeysSecretArn === undefined) this.#encryptionKeys(names.encryptionKeys);
    this.#resources = {
      // the wildcards stand for the ids of connections and providers, which are created at run time
      connections: [arn(names.connection('*'))],
      cipherPasses: [arn(names.cipherPass('*'))],
      storageProviders: [arn(names.storageProvider('*'))],
      encryptionKeys: [encryptionKeysSecretArn ?? arn(names.encryptionKeys + SUFFIX)],
      adminPassword: [arn(names.adminPassword + SUFFIX)],
      originHeader: isBehindEdge ? [arn(names.originHeader + SUFFIX)] : [],
    };
  }

  environment(needs: SecretNeeds): Partial<Record<Setting, string>> {
    const { originHeader, ...others } = needs;
    const actions: SecretAction[] = Object.values(others).flat();
    return {
      ...(actions.length > 0 ? this.#environment : {}),
      ...(actions.includes(CREATE) ? { SECRETS_KEY_ARN: this.#keyArn } : {}),
      ...(originHeader && this.#originHeaderName ? { ORIGIN_HEADER_SECRET: this.#originHeaderName } : {}),
    };
  }

  /** The rights to these actions, only on these secrets; secrets with the same rights are combined. */
  rights(needs: SecretNeeds): PolicyStatement[] {
    const resources = new Map<string, string[]>();
    const allow = (actions: readonly string[], arns: readonly string[]) => {
      const key = [...actions].sort().join();
      resources.set(key, [...(resources.get(key) ?? []), ...arns]);
    };
    for (const [kind, actions] of Object.entries(needs) as [SecretKind, readonly SecretAction[]][]) {
      allow(actions, this.#resources[kind]);
      if (!actions.includes(READ)) continue;
      // passwords that RDS manages; the wildcard stands for databases that are connected later
      const isOfConnections = kind === 'connections';
      if (isOfConnections) allow([READ], [this.#arnOfRds()]);
      if (isOfConnections || kind === 'encryptionKeys') allow(['kms:Decrypt'], this.#secretKeyArns);
    }
    return [...resources]
      .filter(([, arns]) => arns.length > 0)
      .map(([actions, arns]) => new PolicyStatement({ actions: actions.split(','), resources: [...new Set(arns)] }));
  }

  #arnOfRds(): string {
    return Stack.of(this).formatArn({ service: 'secretsmanager', resource: 'secret:rds!*' });
  }

  #encryptionKeys(secretName: string): void {
    const secret = new Secret(this, 'EncryptionKeys', {
      secretName,
      description: 'The keys that Jagad encrypted backups with: a JSON list of {"id", "value"}, the default first.',
      // no secret yet: the keys are added after the deployment
      secretStringValue: SecretValue.unsafePlainText('[]'),
    });
    explain(secret, {
      'AwsSolutions-SMG4': 'The keys are Jagad’s: each backup needs the key that it was made with.',
    });
  }
}
