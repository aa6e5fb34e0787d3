import type { Restore } from '../../../lib/restores/model.ts';

/** What started a restore. */
export const TRIGGER: Record<Restore['trigger'], string> = {
  api: 'API or web',
  event: 'Event',
  console: 'AWS console',
};
