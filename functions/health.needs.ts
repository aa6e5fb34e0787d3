import { ANSWERS_ROUTES, type Needs, READ_SECRET, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ANSWERS_ROUTES, {
  tables: { storageProviders: ['list'] },
  secrets: { encryptionKeys: READ_SECRET },
});
