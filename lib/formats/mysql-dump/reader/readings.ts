/**
 * How servers read executable comments. Which of them a server runs depends on its flavour and version, so a statement
 * with such comments is several statements, and each has to be judged. Pure.
 *
 * - MySQL runs a comment for its own or an older version, and ignores MariaDB's (`/*M!`).
 * - MariaDB does the same by its own version, except for 50700 to 99999: only MySQL ever had these versions.
 */
export interface VersionComment {
  /** `/*M!` */
  mariadbOnly: boolean;
  /** 0 if the comment has no version. */
  version: number;
}

/** Whether a server runs this comment. */
export type Reading = (comment: VersionComment) => boolean;

/**
 * Every supported server runs comments for versions up to these, because all servers are at least MySQL 5.7 or MariaDB
 * 10.
 */
const FIRST_OF_SUPPORTED = 50_700;
const LAST_NOT_OF_MARIADB = 99_999;
/** Dump tools write at most two different versions into one statement. */
const MOST_VERSIONS = 6;

export function isAlwaysRun({ mariadbOnly, version }: VersionComment): boolean {
  return !mariadbOnly && version < FIRST_OF_SUPPORTED;
}

/** One reading for each set of these comments that some server runs; undefined if there are too many to try. */
export function readingsOf(comments: readonly VersionComment[]): Reading[] | undefined {
  const conditional = comments.filter((comment) => !isAlwaysRun(comment));
  if (conditional.length === 0) return [];
  const versions = [...new Set([0, ...conditional.map(({ version }) => version)])];
  if (versions.length > MOST_VERSIONS) return undefined;
  return versions.flatMap((server) => [
    (comment: VersionComment) => isAlwaysRun(comment) || (!comment.mariadbOnly && comment.version <= server),
    (comment: VersionComment) => isAlwaysRun(comment) || (!isOfMysqlAlone(comment) && comment.version <= server),
  ]);
}

function isOfMysqlAlone({ mariadbOnly, version }: VersionComment): boolean {
  return !mariadbOnly && version >= FIRST_OF_SUPPORTED && version <= LAST_NOT_OF_MARIADB;
}
