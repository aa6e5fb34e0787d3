/** Lines that a dump tool wrote for people and that got into its dump (`2>&1`). */

/** `mysqldump: Error 2013: …`, `mysqldump: [Warning] Using a password …`, `mariadb-dump: Got error: …` */
const SAYS =
  /(?:mysqldump|mariadb-dump)(?:\.exe)?: (?:\[?Warning\b|\[?Error\b|\[?Note\b|Got error\b|Couldn't\b|Can't\b|unknown\b|Deprecated\b)[^\r\n]*/i;
/** How many bytes to search at either end: such a line is between statements, or at the end of the tool's buffer. */
const SEARCHED_BYTES = 64 * 1024;
const SHOWN_CHARACTERS = 300;

/**
 * The line, if these bytes contain one. Only call this if something is wrong, because rows may contain the same words.
 */
export function toolLine(bytes: Buffer): string | undefined {
  const parts =
    bytes.length <= 2 * SEARCHED_BYTES ? [bytes] : [bytes.subarray(0, SEARCHED_BYTES), bytes.subarray(-SEARCHED_BYTES)];
  for (const part of parts) {
    const found = SAYS.exec(part.toString('utf8'))?.[0];
    if (found !== undefined) return found.trimEnd().slice(0, SHOWN_CHARACTERS);
  }
  return undefined;
}

/** What such a line means for its dump. */
export function toolLineFault(line: string): { message: string; hint: string } {
  return {
    message: `the dump contains a message of the dump tool: "${line}"`,
    hint:
      "The tool's messages are in the dump (2>&1). After an error, the rest of the dump is missing: restore another " +
      'backup. If the line is a warning, remove it, and make dumps without 2>&1.',
  };
}
