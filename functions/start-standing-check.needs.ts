import type { Needs } from '../lib/api/needs.ts';

export const needs: Needs = {
  tables: { jobs: ['get', 'insert'], locks: ['get', 'take'], settings: ['get'] },
};
