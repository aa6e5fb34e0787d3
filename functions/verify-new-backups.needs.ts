import type { Needs } from '../lib/api/needs.ts';

export const needs: Needs = {
  tables: { backups: ['get', 'getMany', 'list'], jobs: ['get', 'insert', 'update'], settings: ['get'] },
};
