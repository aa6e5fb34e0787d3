import { z } from 'zod';
import { id } from '../storage/fields.ts';
import { timedListQuery } from '../storage/items/schemas.ts';
import { executionStep } from './execution/execution-steps.ts';
import { restore } from './model.ts';

export const restoreListQuery = timedListQuery.extend({
  backup_id: id.optional(),
  target_connection: id.optional(),
  status: restore.shape.status.optional(),
});

export const stepsAnswer = z.object({
  restore_id: id,
  execution_arn: z.string().nullable(),
  console_url: z
    .url()
    .nullable()
    .describe('where the AWS console shows the execution; null for one that is not on AWS'),
  steps: z.array(executionStep).describe('empty if the history is no longer kept'),
});
