import { ANSWERS_ROUTES, ENDS_RESTORES, type Needs, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ANSWERS_ROUTES, ENDS_RESTORES, {
  tables: { restores: ['list'] },
});
