/**
 * The programs of the restore image, which are files of containers/restore. `main` restores dumps, and `recover`
 * restores databases from physical backups.
 */
export const TASK_PROGRAMS = ['main', 'recover', 'verify-for-restore', 'verify-backup'] as const;
export type TaskProgram = (typeof TASK_PROGRAMS)[number];

/** The path where the Dockerfile puts a program, to be run by the image's `node`. */
export function programPath(program: TaskProgram): string {
  return `/app/${program}.mjs`;
}
