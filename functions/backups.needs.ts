import { ADMITS_RESTORES, ANSWERS_ROUTES, type Needs, READ_SECRET, READS_WINDOWS, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ANSWERS_ROUTES, ADMITS_RESTORES, READS_WINDOWS, {
  tables: { backups: ['list'] },
  secrets: { connections: READ_SECRET },
});
