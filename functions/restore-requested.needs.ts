import { ADMITS_RESTORES, type Needs, READ_SECRET, READS_WINDOWS, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ADMITS_RESTORES, READS_WINDOWS, {
  tables: { audit: ['insert'], backups: ['list'] },
  secrets: { connections: READ_SECRET },
});
