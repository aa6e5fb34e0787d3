import { ANSWERS_ROUTES, IMPORTS, type Needs, together } from '../lib/api/needs.ts';

export const needs: Needs = together(ANSWERS_ROUTES, IMPORTS);
