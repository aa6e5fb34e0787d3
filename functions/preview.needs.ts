import {
  ANSWERS_ROUTES,
  type Needs,
  OPENS_BACKUPS,
  READ_SECRET,
  READS_CONTENTS,
  READS_WINDOWS,
  together,
} from '../lib/api/needs.ts';

export const needs: Needs = together(ANSWERS_ROUTES, OPENS_BACKUPS, READS_WINDOWS, READS_CONTENTS, {
  tables: { backups: ['get'], connections: ['get'], locks: ['get'], restores: ['get'] },
  secrets: { connections: READ_SECRET },
  metrics: ['cloudwatch:GetMetricData'],
});
