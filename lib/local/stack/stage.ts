/** The stage settings for one machine. */
export const STAGE = 'local';
export const BUCKET = 'backups';
