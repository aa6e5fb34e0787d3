/** docs/deploy.md matches the code. */
import { describe, expect, it } from 'vitest';
import { dataKey } from '../lib/infra/data/data-key.ts';
import { SETTING_NAMES } from '../lib/infra/stage-settings.ts';
import { json, properties, sorted, source } from './support/stack/stack.ts';

const guide = source('docs/deploy.md');

describe('the guide to deploying', () => {
  it('explains each setting, and no other', () => {
    const table = guide.slice(guide.indexOf('| setting |'), guide.indexOf('## 3. Deploy'));
    const rows = table.split('\n').filter((row) => row.startsWith('| `'));
    const explained = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(sorted(explained as string[])).toEqual(sorted(SETTING_NAMES.filter((name) => name !== 'stage')));
  });

  it('names the existing outputs', () => {
    const { Outputs } = json as unknown as { Outputs: Record<string, unknown> };
    for (const name of Object.keys(Outputs)) expect(guide).toContain(`| \`${name}\` |`);
  });

  it(`has the policy of the key as ${dataKey.name} creates it`, () => {
    const [block = ''] = guide.match(/\[\n {2}\{\n {4}"Sid"[\s\S]*?\n\]/) ?? [];
    const told = JSON.parse(block) as { Sid: string; Action: string[] }[];
    const made: { Sid?: string; Action: string[]; Condition: object }[] =
      properties('AWS::KMS::Key')[0].KeyPolicy.Statement;
    for (const { Sid, Action } of told) {
      const statement = made.find((one) => one.Sid === Sid);
      expect([Sid, sorted(Action)]).toEqual([Sid, sorted(statement?.Action ?? [])]);
    }
    expect(made.filter(({ Sid }) => Sid !== undefined).map(({ Sid }) => Sid)).toEqual(
      expect.arrayContaining(told.map(({ Sid }) => Sid)),
    );
  });
});
