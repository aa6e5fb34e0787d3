/** The CDK's own validation of the template, as `npm run synth` runs it; in a process that ends, to free its memory. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import cdkJson from '../../cdk.json' with { type: 'json' };

const run = promisify(execFile);
const APP = fileURLToPath(new URL('../support/stack/validated-app.ts', import.meta.url));

it("the CDK's validation finds nothing in the template", async () => {
  const outdir = mkdtempSync(join(tmpdir(), 'jagad-restore-validated-'));
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
  const { stdout, stderr } = await run(process.execPath, [APP, outdir]);
  expect(stdout + stderr).toBe('');
});

it("the CDK's validation finds an unknown property and an unknown attribute", async () => {
  expect(cdkJson.context['@aws-cdk/core:validateAgainstDefaultRules']).toBe(true);
  const outdir = mkdtempSync(join(tmpdir(), 'jagad-restore-validated-'));
  onTestFinished(() => rmSync(outdir, { recursive: true, force: true }));
  const failed = await run(process.execPath, [APP, outdir, 'spoilt']).catch((error) => error);
  expect(failed.stderr).toContain('NoSuchProperty');
  expect(failed.stderr).toContain("'Nonsense' is not one of ['Arn', 'KeyId']");
});
