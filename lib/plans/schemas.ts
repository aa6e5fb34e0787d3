import { z } from 'zod';
import { id } from '../storage/fields.ts';
import { timedListQuery } from '../storage/items/schemas.ts';
import { planFields } from './model.ts';

/** Before a run, the pages ask the user to type the name, so it must be possible to type it. */
export const newPlanBody = planFields.extend({
  name: planFields.shape.name.regex(/^\P{Cc}*$/u, 'must not contain control characters'),
});

/** Fields that are missing keep their values. */
export const planUpdateBody = z.strictObject({
  name: newPlanBody.shape.name.optional(),
  enabled: planFields.shape.enabled.removeDefault().optional(),
  triggers: planFields.shape.triggers.removeDefault().optional(),
  on_failure: planFields.shape.on_failure.removeDefault().optional(),
  groups: planFields.shape.groups.optional(),
});

export const planRunListQuery = timedListQuery.extend({ plan_id: id.optional() });
