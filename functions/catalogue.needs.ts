import { ANSWERS_ROUTES, IMPORTS, type Needs, READ_OBJECTS, READ_SECRET, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ANSWERS_ROUTES, IMPORTS, {
  tables: {
    backups: ['delete'],
    connections: ['all'],
    recoveryPlans: ['all'],
    restores: ['list'],
    storageProviders: ['get', 'default'],
  },
  secrets: { storageProviders: READ_SECRET },
  objects: READ_OBJECTS,
  archives: true,
});
