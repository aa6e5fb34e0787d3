import { fileURLToPath } from 'node:url';

/** Where Node keeps compiled code: with it, tasks and functions start in two thirds of the time. */
export const COMPILE_CACHE = fileURLToPath(new URL('../../../node_modules/.cache/compile/', import.meta.url));
