import { type Needs, READ_OBJECTS, READ_SECRET } from '../lib/api/needs.ts';

export const needs: Needs = {
  tables: {
    backups: ['getMany', 'all', 'insert', 'update'],
    connections: ['all', 'get'],
    jobs: ['get', 'insert', 'update'],
    locks: ['get', 'take'],
    settings: ['get'],
    storageProviders: ['get'],
  },
  secrets: { storageProviders: READ_SECRET },
  // the lists that pgBackRest keeps in its repositories
  objects: READ_OBJECTS,
  otherObjects: true,
};
