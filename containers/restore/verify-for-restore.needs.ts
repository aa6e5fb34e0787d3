import { ANNOUNCES, type Needs, OPENS_BACKUPS, together } from '../../lib/api/needs.ts';

export const needs: Needs = together(OPENS_BACKUPS, ANNOUNCES, {
  tables: { backups: ['get', 'update'], connections: ['get'], restores: ['get', 'update'] },
  archives: true,
});
