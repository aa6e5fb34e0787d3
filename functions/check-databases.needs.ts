import {
  ANNOUNCES,
  type Needs,
  OPENS_BACKUPS,
  READ_SECRET,
  READS_CONTENTS,
  READS_WINDOWS,
  together,
} from '../lib/api/needs.ts';

export const needs: Needs = together(OPENS_BACKUPS, READS_WINDOWS, READS_CONTENTS, ANNOUNCES, {
  tables: {
    backups: ['get', 'all', 'update'],
    connections: ['get', 'list'],
    jobs: ['get', 'insert', 'update'],
    locks: ['get'],
    restores: ['get'],
  },
  secrets: { connections: READ_SECRET },
  metrics: ['cloudwatch:GetMetricData'],
});
