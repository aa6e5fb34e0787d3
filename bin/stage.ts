/** Deploys, compares or destroys a stage: `npm run deploy -- --stage prod`. All other options are passed on to the CDK. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { cdkArguments, STAGE_HELP } from '../lib/infra/stage-command.ts';

function main(): void {
  const [command = '', ...given] = process.argv.slice(2);
  if (given.includes('--help')) {
    process.stdout.write(STAGE_HELP);
    return;
  }
  const cdk = createRequire(import.meta.url).resolve('aws-cdk/bin/cdk');
  const child = spawn(process.execPath, [cdk, ...cdkArguments(command, given)], { stdio: 'inherit' });
  // a terminal's Ctrl+C reaches the child directly, and this process ends when the child does
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', fail);
  child.on('exit', (code) => process.exit(code ?? 1));
}

function fail(error: unknown): void {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}

try {
  main();
} catch (error) {
  fail(error);
}
