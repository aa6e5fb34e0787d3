/** Errors as Step Functions passes them to a state machine: the name, and the cause as the message. */
import { LambdaError } from '../../../lib/local/lambda/runtime.ts';

/** An error that one of our functions threw, as Lambda reports it. */
export const thrown = (name: string, errorMessage = 'what was wrong') =>
  new LambdaError({ errorType: name, errorMessage, trace: [`${name}: ${errorMessage}`, '    at handler'] });
/** An error of the service itself, as the integration reports it. */
export const refused = (name: string) => Object.assign(new Error('Rate exceeded. (Status Code: 429)'), { name });
/** A task that ended badly: the stopped task as JSON. */
const stopped = (task: object) =>
  Object.assign(new Error(JSON.stringify({ ClusterArn: 'arn:c', LastStatus: 'STOPPED', ...task })), {
    name: 'States.TaskFailed',
  });
export const NEVER_STARTED = stopped({
  Containers: [{ Name: 'restore', LastStatus: 'STOPPED' }],
  StopCode: 'TaskFailedToStart',
  StoppedReason: 'ResourceInitializationError: unable to pull the image',
});
export const EXITED_1 = stopped({
  Containers: [{ Name: 'restore', ExitCode: 1, LastStatus: 'STOPPED' }],
  StopCode: 'EssentialContainerExited',
  StoppedReason: 'Essential container in task exited',
});
export const OUT_OF_MEMORY = stopped({
  Containers: [{ Name: 'restore', ExitCode: 137, Reason: 'OutOfMemoryError: Container killed due to memory usage' }],
  StopCode: 'EssentialContainerExited',
  StoppedReason: 'Essential container in task exited',
});
