/** cdk-nag's security checks for AWS solutions: every finding is explained at its place. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { afterAll, describe, expect, it } from 'vitest';
import { RestoreStack } from '../../../lib/infra/restore-stack.ts';
import { parseSettings } from '../../../lib/infra/stage-settings.ts';

const outdir = mkdtempSync(join(tmpdir(), 'jagad-restore-nag-'));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

const VPC = {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: 'eu-west-1a',
  privateSubnetIds: 'subnet-0123456789abcdef0',
};

describe.each([
  ['everything newly created', {}],
  ['existing resources', { ...VPC, bucketName: 'our-backups', egress: 'endpoints', retainData: 'true' }],
])('with %s', (_, given) => {
  const context = { 'aws:cdk:bundling-stacks': [] };
  const app = new App({ context, outdir, analyticsReporting: false, builtinCloudFormationValidation: false });
  new RestoreStack(app, 'Stack', parseSettings({ stage: 'test', ...given }));
  // what the CDK adds to the tree as it synthesises is checked too
  app.synth();

  it('has only explained findings', () => {
    const { violations } = new AwsSolutionsChecks(app).validateScope(app);
    const found = violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );
    expect(found).toEqual([]);
  });

  it('has an explanation for each finding, and no others', () => {
    const reasons = explanations(app);
    expect(reasons.length).toBeGreaterThan(5);
    for (const { reason } of reasons) expect(reason).toMatch(/^[A-Z].{20,}\.$/);
    const rules = new Set(foundWithin(app));
    expect(reasons.map(({ id }) => id).filter((id) => !rules.has(id))).toEqual([]);
  });
});

function explanations(root: IConstruct): { id: string; reason: string }[] {
  return root.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.entries(data as Record<string, string>))
      .map(([id, reason]) => ({ id: id.replace(/^annotation::/i, ''), reason }))
      // the CDK has some of its own, for checks of its own
      .filter(({ id }) => id.startsWith('AwsSolutions-')),
  );
}

/** Every rule with a finding if no explanations are given. */
function foundWithin(root: IConstruct): string[] {
  const checks = new AwsSolutionsChecks(root);
  Object.defineProperty(checks, 'isAcknowledged', { value: () => false });
  return checks.validateScope(root).violations.map(({ ruleName }) => ruleName);
}
