import { z } from 'zod';
import { programPath } from './task-programs.ts';

/** The part that is used here of EventBridge's `ECS Task State Change` for a stopped task. */
export const stoppedTaskEvent = z.object({
  source: z.literal('aws.ecs'),
  'detail-type': z.literal('ECS Task State Change'),
  detail: z.object({
    taskArn: z.string(),
    lastStatus: z.literal('STOPPED'),
    clusterArn: z.string(),
    overrides: z.object({
      containerOverrides: z.array(
        z.object({
          command: z.array(z.string()).default([]),
          environment: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
        }),
      ),
    }),
  }),
});
export type StoppedTaskEvent = z.input<typeof stoppedTaskEvent>;

const WRITING = [programPath('main'), programPath('recover')];

/**
 * The restore to whose target the task wrote; undefined if the task only verified. Events arrive late: when the end of
 * a verification is reported, the task that writes may already be running.
 */
export function restoreOf(event: StoppedTaskEvent): string | undefined {
  const overrides = stoppedTaskEvent.parse(event).detail.overrides.containerOverrides;
  return overrides
    .filter(({ command }) => command.every((part) => WRITING.includes(part)))
    .flatMap(({ environment }) => environment)
    .find(({ name }) => name === 'RESTORE_ID')?.value;
}
