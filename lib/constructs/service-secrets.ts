import { SecretValue, Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Setting } from '../aws/environment.ts';
import { secretNames } from '../domain/secret-names.ts';

/** The secrets that every stage has; those of connections and storage providers come with them, under the same prefix. */
export class ServiceSecrets extends Construct {
  readonly environment: Partial<Record<Setting, string>>;
  readonly #prefix: string;

  constructor(scope: Construct, id: string, stage: string) {
    super(scope, id);
    this.#prefix = `jagad-restore/${stage}`;
    const names = secretNames(this.#prefix);
    this.environment = { SECRETS_PREFIX: this.#prefix };
    new Secret(this, 'AdminPassword', {
      secretName: names.adminPassword,
      description: 'The password of the first administrator, called admin, as long as nobody has changed it.',
      generateSecretString: { passwordLength: 24, excludePunctuation: true },
    });
    new Secret(this, 'EncryptionKeys', {
      secretName: names.encryptionKeys,
      description: 'The keys that Jagad encrypted backups with: a JSON list of {"id", "value"}, the default first.',
      // no secret yet: the keys are put in after the deployment
      secretStringValue: SecretValue.unsafePlainText('[]'),
    });
  }

  /** Reading any secret under the service's prefix, and none outside it. */
  grantRead(grantee: IGrantable): void {
    this.#grant(grantee, ['secretsmanager:GetSecretValue']);
  }

  /** Making, changing and deleting secrets under the service's prefix, and none outside it. */
  grantWrite(grantee: IGrantable): void {
    this.#grant(grantee, [
      'secretsmanager:CreateSecret',
      'secretsmanager:PutSecretValue',
      // how one of several changes at the same time takes the place of the version that it was made from
      'secretsmanager:UpdateSecretVersionStage',
      'secretsmanager:DeleteSecret',
    ]);
  }

  #grant(grantee: IGrantable, actions: string[]): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions,
        // the wildcard stands for connections' and providers' ids, which are made at run time
        resources: [Stack.of(this).formatArn({ service: 'secretsmanager', resource: `secret:${this.#prefix}/*` })],
      }),
    );
  }

  /** Reading the passwords that RDS manages, which connections may name. */
  grantReadOfRds(grantee: IGrantable): void {
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        // the wildcard stands for the databases that somebody connects later
        resources: [Stack.of(this).formatArn({ service: 'secretsmanager', resource: 'secret:rds!*' })],
      }),
    );
  }
}
