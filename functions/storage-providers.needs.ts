import { ANSWERS_ROUTES, type Needs, READ_OBJECTS, READ_SECRET, together, WRITE_SECRET } from '../lib/api/needs.ts';

export const needs: Needs = together(ANSWERS_ROUTES, {
  tables: {
    backups: ['list'],
    storageProviders: ['get', 'list', 'insert', 'update', 'delete', 'default', 'setDefault'],
  },
  secrets: { storageProviders: [...READ_SECRET, ...WRITE_SECRET] },
  objects: READ_OBJECTS,
});
