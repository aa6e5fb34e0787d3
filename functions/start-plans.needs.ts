import { ANNOUNCES, type Needs, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ANNOUNCES, {
  tables: { audit: ['insert'], locks: ['get', 'take'], planRuns: ['get', 'insert'], recoveryPlans: ['all'] },
});
