import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { preflightPage } from '../../lib/engines/preflight/page.ts';

it('docs/preflight.md matches the table of findings', async () => {
  await expect(preflightPage()).toMatchFileSnapshot('../../docs/preflight.md');
  expect(readFileSync(new URL('../../docs/preflight.md', import.meta.url), 'utf8')).toContain('`mysql-packet`');
});
