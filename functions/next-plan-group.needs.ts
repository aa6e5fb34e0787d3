import { ENDS_RUNS, type Needs, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ENDS_RUNS, {
  tables: { locks: ['get', 'take'], planRuns: ['insert'], recoveryPlans: ['get'] },
});
