import { ENDS_RESTORES, type Needs } from '../lib/api/needs.ts';

export const needs: Needs = ENDS_RESTORES;
