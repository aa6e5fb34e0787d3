import { ANSWERS_ROUTES, type Needs, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ANSWERS_ROUTES, {
  tables: { settings: ['get', 'update'] },
});
