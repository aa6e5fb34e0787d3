import { ANSWERS_ROUTES, type Needs, together, WRITE_SECRET } from '../lib/api/needs.ts';

export const needs: Needs = together(ANSWERS_ROUTES, {
  tables: {
    backups: ['list'],
    connections: ['get', 'list', 'insert', 'update', 'delete'],
    recoveryPlans: ['all'],
    restores: ['all'],
  },
  secrets: { connections: WRITE_SECRET, cipherPasses: WRITE_SECRET },
});
