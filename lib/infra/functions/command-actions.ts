/**
 * Which IAM actions each SDK command needs: the only place that says so. Sources: the Service Authorization Reference
 * for each service, and the page of each operation in its API reference.
 */
export const COMMAND_ACTIONS = {
  GetCommand: ['dynamodb:GetItem'],
  BatchGetCommand: ['dynamodb:BatchGetItem'],
  QueryCommand: ['dynamodb:Query'],
  PutCommand: ['dynamodb:PutItem'],
  UpdateCommand: ['dynamodb:UpdateItem'],
  DeleteCommand: ['dynamodb:DeleteItem'],

  GetSecretValueCommand: ['secretsmanager:GetSecretValue'],
  CreateSecretCommand: ['secretsmanager:CreateSecret'],
  PutSecretValueCommand: ['secretsmanager:PutSecretValue'],
  // of several concurrent changes, lets only one replace the version that it was based on
  UpdateSecretVersionStageCommand: ['secretsmanager:UpdateSecretVersionStage'],
  DeleteSecretCommand: ['secretsmanager:DeleteSecret'],

  // without the right to list, a missing object causes "access denied" instead of "no such key"
  GetObjectCommand: ['s3:GetObject', 's3:ListBucket'],
  HeadObjectCommand: ['s3:GetObject', 's3:ListBucket'],
  ListObjectsV2Command: ['s3:ListBucket'],

  PutEventsCommand: ['events:PutEvents'],

  StartExecutionCommand: ['states:StartExecution'],
  StopExecutionCommand: ['states:StopExecution'],
  DescribeExecutionCommand: ['states:DescribeExecution'],
  paginateGetExecutionHistory: ['states:GetExecutionHistory'],
} as const;

export type Command = keyof typeof COMMAND_ACTIONS;

/** The actions that some commands need, each once. */
export function actionsFor(commands: readonly Command[]): string[] {
  return [...new Set(commands.flatMap((command) => COMMAND_ACTIONS[command]))];
}
