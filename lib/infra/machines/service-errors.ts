/**
 * Errors that AWS itself gives a state, as named in the machine's Retry. Our own errors are classes in
 * lib/errors/errors.ts.
 */

/** Lambda did not run our code, or not to its end, for reasons of its own: the same call may succeed a moment later. */
export const LAMBDA_UNAVAILABLE = [
  'Lambda.ServiceException', // Lambda's own fault
  'Lambda.AWSLambdaException', // the same, under an older name
  'Lambda.SdkClientException', // the call did not get through
  'Lambda.TooManyRequestsException', // the account's concurrency is used up
  'Lambda.ClientExecutionTimeoutException', // no response to the call
];

/** ECS refused the call to run a task: throttling, or an internal error. */
export const ECS_UNAVAILABLE = [
  'ECS.ServerException',
  'ECS.ThrottlingException',
  'AmazonECS.Unknown', // what an integration reports for a 5xx without a name
  'ECS.AmazonECSException', // any other error of the service that the integration passes on
];

/** Everything that a Catch can see: any error of a state, AWS's and ours. */
export const ANY_ERROR = 'States.ALL';

/** How the description of a stopped ECS task says that it never ran. */
export const TASK_NEVER_STARTED = '*"StopCode":"TaskFailedToStart"*';

/** Step Functions refused the call to start an execution, for example because too many are started at once. */
export const STEP_FUNCTIONS_UNAVAILABLE = [
  'StepFunctions.AWSStepFunctionsException', // any error of the service that the integration passes on
  'StepFunctions.SdkClientException', // the call did not get through
];
