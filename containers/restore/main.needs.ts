import { type Needs, OPENS_BACKUPS, READ_SECRET, READS_CONTENTS, together } from '../../lib/api/needs.ts';

export const needs: Needs = together(OPENS_BACKUPS, READS_CONTENTS, {
  tables: {
    backups: ['get'],
    connections: ['get'],
    locks: ['get'],
    restores: ['get', 'list', 'update'],
    settings: ['get'],
  },
  secrets: { connections: READ_SECRET },
});
