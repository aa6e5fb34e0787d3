import { ADMITS_RESTORES, type Needs, READS_WINDOWS, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ADMITS_RESTORES, READS_WINDOWS, {
  tables: { backups: ['update'], restores: ['update'] },
});
