import { type Needs, READ_SECRET } from '../lib/api/needs.ts';

export const needs: Needs = {
  tables: { backups: ['get', 'list'], connections: ['get'], planRuns: ['get', 'update'] },
  secrets: { connections: READ_SECRET },
};
