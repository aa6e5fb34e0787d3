import { ANNOUNCES, type Needs, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ANNOUNCES, {
  tables: { backups: ['get', 'update'] },
});
