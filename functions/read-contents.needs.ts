export { needs } from './verify-new-backups.needs.ts';
