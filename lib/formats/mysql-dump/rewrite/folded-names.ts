import { RestoreError } from '../../../errors/errors.ts';
import { quoteName } from '../reader/names.ts';

/**
 * Names of tables and views as a server takes them that doesn't tell upper from lower case (lower_case_table_names other
 * than 0): two that differ only in case are one table there, and the second would take the first one's place.
 */
export class FoldedNames {
  readonly #made = new Map<string, string>();

  /**
   * Takes a name that is dropped or made.
   * @throws RestoreError if it would hit another table of the dump.
   */
  take(name: string, isMade: boolean): void {
    const key = name.toLowerCase();
    const other = this.#made.get(key);
    if (other !== undefined && other !== name) {
      throw new RestoreError(
        `the dump has both ${quoteName(other)} and ${quoteName(name)}, which are one name to this server ` +
          '(lower_case_table_names)',
        { hint: 'Restore to a server with lower_case_table_names = 0, or rename one of them in the source.' },
      );
    }
    if (isMade) this.#made.set(key, name);
  }
}
