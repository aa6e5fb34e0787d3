import { ANSWERS_ROUTES, type Needs, READ_SECRET, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ANSWERS_ROUTES, {
  tables: {
    users: ['all', 'get', 'insert', 'update'],
    loginAttempts: ['get', 'replace'],
    sessions: ['put', 'delete', 'deleteOf'],
  },
  secrets: { adminPassword: READ_SECRET },
});
