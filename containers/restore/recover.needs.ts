import { LOADS_BACKUPS, type Needs, OPENS_BACKUPS, READ_SECRET, together } from '../../lib/api/needs.ts';

export const needs: Needs = together(OPENS_BACKUPS, LOADS_BACKUPS, {
  secrets: { cipherPasses: READ_SECRET },
  // the binary logs that bring the backups to a later point
  otherObjects: true,
});
