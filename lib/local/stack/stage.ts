/** The stage that one machine is. */
export const STAGE = 'local';
export const BUCKET = 'backups';
