import { type Needs, OPENS_BACKUPS, READ_SECRET, together } from '../../lib/api/needs.ts';

export const needs: Needs = together(OPENS_BACKUPS, {
  tables: {
    backups: ['get'],
    connections: ['get'],
    locks: ['get'],
    restores: ['get', 'list', 'update'],
    settings: ['get'],
  },
  secrets: { connections: READ_SECRET, cipherPasses: READ_SECRET },
  // the logs to recover the backups further
  otherObjects: true,
});
