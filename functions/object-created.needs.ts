import type { Needs } from '../lib/api/needs.ts';

export const needs: Needs = {
  tables: {
    backups: ['get', 'insert', 'update'],
    connections: ['all'],
    settings: ['get'],
    storageProviders: ['all'],
  },
};
