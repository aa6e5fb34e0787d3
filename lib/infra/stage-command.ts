/** Reads the arguments of `npm run deploy`, `diff` and `destroy`. Pure. */

const COMMANDS = ['deploy', 'diff', 'destroy'] as const;

export const STAGE_HELP = `Usage: npm run deploy -- --stage NAME [OPTIONS]
       npm run diff -- --stage NAME [OPTIONS]
       npm run destroy -- --stage NAME [OPTIONS]

Deploys a stage, shows what a deployment would change, or takes the stage down. The stage's settings
are in cdk.json under context.stages.NAME, or come as -c name=value; lib/infra/stage-settings.ts lists them.

  --stage NAME      which stage; there is no default
  -c name=value     a setting; overrides the one in cdk.json
  --help            show this

All other options are passed on to the CDK: --profile, --require-approval never, --force, --outputs-file FILE.
`;

/**
 * The arguments for the CDK's command line.
 * @throws Error that says what to write.
 */
export function cdkArguments(command: string, given: readonly string[]): string[] {
  if (!COMMANDS.some((known) => known === command)) throw new Error(`write one of ${COMMANDS.join(', ')}`);
  let stage: string | undefined;
  const others: string[] = [];
  for (let index = 0; index < given.length; index++) {
    const argument = given[index] ?? '';
    if (argument === '--stage') stage = given[++index] ?? '';
    else if (argument.startsWith('--stage=')) stage = argument.slice('--stage='.length);
    else others.push(argument);
  }
  if (stage === undefined || stage === '' || stage.startsWith('-')) {
    throw new Error(`write which stage: npm run ${command} -- --stage prod`);
  }
  return [command, '-c', `stage=${stage}`, ...others];
}
