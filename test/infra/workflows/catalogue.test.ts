import { Template as Assertions } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ENTRY_METADATA } from '../../../lib/infra/functions/service-function.ts';
import { readTemplate } from '../../../lib/local/stack/template.ts';
import { matchesPattern } from '../../../lib/plans/triggers/event-pattern.ts';
import { synthesise } from '../../support/stack/synthesise.ts';

describe('the event of a new object', () => {
  const given = synthesise({ bucketName: 'our-backups' });
  const { rules, functions } = readTemplate(given, ENTRY_METADATA);
  const arn = functions.find(({ entry }) => entry === 'object-created')?.arn as string;
  const [rule, ...others] = rules.filter(({ targetArns }) => targetArns.includes(arn));
  const isTold = (key: string, bucket = 'our-backups', type = 'Object Created') =>
    matchesPattern(rule?.pattern ?? {}, {
      source: 'aws.s3',
      'detail-type': type,
      detail: { bucket: { name: bucket }, object: { key, size: 1 } },
    });

  it('is sent for objects created under backups/ in the one bucket', () => {
    expect(others).toEqual([]);
    expect(isTold('backups/a/b/c.sql.gz')).toBe(true);
    expect(isTold('pgbackrest/a/b')).toBe(false);
    expect(isTold('backups/a/b/c.sql.gz', 'another')).toBe(false);
    expect(isTold('backups/a/b/c.sql.gz', 'our-backups', 'Object Deleted')).toBe(false);
  });

  it('is sent by a bucket that the stack creates', () => {
    Assertions.fromJSON(synthesise()).hasResourceProperties('AWS::S3::Bucket', {
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    });
  });
});
