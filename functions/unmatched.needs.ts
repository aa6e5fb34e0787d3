import { BEHIND_EDGE, type Needs } from '../lib/api/needs.ts';

export const needs: Needs = BEHIND_EDGE;
