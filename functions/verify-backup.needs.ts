import { ANNOUNCES, KEEPS_CONTENTS, type Needs, OPENS_BACKUPS, together } from '../lib/api/needs.ts';

export const needs: Needs = together(OPENS_BACKUPS, KEEPS_CONTENTS, ANNOUNCES, {
  tables: { backups: ['get', 'update'], connections: ['get'] },
  archives: true,
});
