/** The programs of the restore image, files of containers/restore; `main` restores dumps, `recover` takes databases out of physical backups. */
export const TASK_PROGRAMS = ['main', 'recover', 'verify-for-restore', 'verify-backup'] as const;
export type TaskProgram = (typeof TASK_PROGRAMS)[number];

/** The path where the Dockerfile puts a program: what the image's `node` runs. */
export function programPath(program: TaskProgram): string {
  return `/app/${program}.mjs`;
}
