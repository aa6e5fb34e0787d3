import { type Needs, OPENS_BACKUPS, READ_SECRET, together } from '../lib/api/needs.ts';

export const needs: Needs = together(OPENS_BACKUPS, {
  tables: {
    backups: ['get', 'list'],
    connections: ['get'],
    locks: ['get'],
    planRuns: ['get', 'update'],
    recoveryPlans: ['get'],
    restores: ['get'],
  },
  secrets: { connections: READ_SECRET, cipherPasses: READ_SECRET },
});
