import { ENDS_RUNS, type Needs } from '../lib/api/needs.ts';

export const needs: Needs = ENDS_RUNS;
