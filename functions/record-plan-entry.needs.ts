import type { Needs } from '../lib/api/needs.ts';

export const needs: Needs = {
  tables: { planRuns: ['get', 'update'], restores: ['get'] },
};
