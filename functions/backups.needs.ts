import {
  ADMITS_RESTORES,
  ANSWERS_ROUTES,
  type Needs,
  READ_SECRET,
  READS_CONTENTS,
  READS_WINDOWS,
  together,
} from '../lib/api/needs.ts';

export const needs: Needs = together(ANSWERS_ROUTES, ADMITS_RESTORES, READS_WINDOWS, READS_CONTENTS, {
  tables: { backups: ['list'] },
  secrets: { connections: READ_SECRET },
});
