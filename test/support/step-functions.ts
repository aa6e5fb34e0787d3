import {
  DescribeExecutionCommand,
  type SFNClient,
  StartExecutionCommand,
  type StartExecutionCommandInput,
  StopExecutionCommand,
  type StopExecutionCommandInput,
} from '@aws-sdk/client-sfn';
import { executionArnOf } from '../../lib/restores/execution/execution-arn.ts';

/** Starts executions of one machine and stops them; throws on any other call. */
export class FakeStepFunctions {
  readonly machineArn: string;
  readonly started: { name: string; input: unknown }[] = [];
  readonly stopped: StopExecutionCommandInput[] = [];
  /** What a stopped execution is described as. */
  described: { status: string; stopDate: Date } = { status: 'ABORTED', stopDate: new Date() };
  /** What every call fails with. */
  failure: Error | undefined;
  /** What happens as an execution is stopped. */
  onStop: () => Promise<void> = async () => {};
  /** What happens before a start is answered. */
  onStart: (name: string) => Promise<void> = async () => {};

  constructor(machineArn: string) {
    this.machineArn = machineArn;
  }

  get client(): SFNClient {
    return this as unknown as SFNClient;
  }

  async send(command: unknown) {
    if (command instanceof DescribeExecutionCommand && this.stopped.length > 0) return this.described;
    const isStart = command instanceof StartExecutionCommand;
    if (!isStart && !(command instanceof StopExecutionCommand)) throw new Error('not told of this command');
    if (this.failure) throw this.failure;
    return isStart ? this.#start(command.input) : this.#stop(command.input);
  }

  async #start({ stateMachineArn, name = '', input = '', ...rest }: StartExecutionCommandInput) {
    if (stateMachineArn !== this.machineArn || Object.keys(rest).length > 0) throw new Error('not told of this input');
    this.started.push({ name, input: JSON.parse(input) });
    await this.onStart(name);
    return { executionArn: executionArnOf(stateMachineArn, name) };
  }

  async #stop(input: StopExecutionCommandInput) {
    this.stopped.push(input);
    await this.onStop();
    return { stopDate: new Date() };
  }
}
