import { ANSWERS_ROUTES, CHANGE_SECRET, type Needs, READ_SECRET, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ANSWERS_ROUTES, {
  secrets: { encryptionKeys: [...READ_SECRET, ...CHANGE_SECRET] },
});
