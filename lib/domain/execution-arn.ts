/** The ARN of an execution, from its machine's and its name (Step Functions, "Resource types"). */
export function executionArnOf(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
