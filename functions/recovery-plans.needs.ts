import { ANSWERS_ROUTES, ENDS_RESTORES, ENDS_RUNS, type Needs, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ANSWERS_ROUTES, ENDS_RESTORES, ENDS_RUNS, {
  tables: {
    backups: ['getMany'],
    connections: ['getMany'],
    locks: ['get', 'take'],
    planRuns: ['list', 'insert'],
    recoveryPlans: ['get', 'list', 'put', 'update', 'delete'],
  },
});
