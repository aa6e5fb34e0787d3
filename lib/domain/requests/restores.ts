import { id, restore } from '../records.ts';
import { timedListQuery } from './common.ts';

export const restoreListQuery = timedListQuery.extend({
  backup_id: id.optional(),
  target_connection: id.optional(),
  status: restore.shape.status.optional(),
});
