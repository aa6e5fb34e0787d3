import { type Needs, OPENS_BACKUPS, READ_SECRET, READS_CONTENTS, READS_WINDOWS, together } from '../lib/api/needs.ts';

export const needs: Needs = together(OPENS_BACKUPS, READS_WINDOWS, READS_CONTENTS, {
  tables: {
    backups: ['get', 'list'],
    connections: ['get'],
    locks: ['get'],
    planRuns: ['get', 'update'],
    recoveryPlans: ['get'],
    restores: ['get'],
  },
  secrets: { connections: READ_SECRET },
  metrics: ['cloudwatch:GetMetricData'],
});
