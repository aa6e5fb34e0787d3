import { LOADS_BACKUPS, type Needs, OPENS_BACKUPS, READS_CONTENTS, together } from '../../lib/api/needs.ts';

export const needs: Needs = together(OPENS_BACKUPS, LOADS_BACKUPS, READS_CONTENTS, {
  // the rows that a restore counted
  tables: { backups: ['update'] },
  ownObjects: ['s3:PutObject'],
});
