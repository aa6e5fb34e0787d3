import { ADMITS_RESTORES, type Needs, READ_OBJECTS, READS_WINDOWS, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ADMITS_RESTORES, {
  tables: { ...READS_WINDOWS.tables, backups: ['update'], restores: ['update'] },
  secrets: READS_WINDOWS.secrets,
  objects: READ_OBJECTS,
});
