/** Builds the ARN of an execution from its machine's ARN and its name (Step Functions, "Resource types"). */
export function executionArnOf(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

const CONSOLES: Record<string, string> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};
/** The account id used on one machine. */
export const LOCAL_ACCOUNT = '000000000000';

/** The address of an execution in the AWS console; null for one that isn't on AWS. */
export function consoleUrl(executionArn: string): string | null {
  const [, partition = '', , region = '', account] = executionArn.split(':');
  const console = CONSOLES[partition];
  if (console === undefined || account === LOCAL_ACCOUNT) return null;
  const details = `#/v2/executions/details/${encodeURIComponent(executionArn)}`;
  return `https://${region}.${console}/states/home?region=${region}${details}`;
}
