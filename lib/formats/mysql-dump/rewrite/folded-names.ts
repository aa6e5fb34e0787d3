import { RestoreError } from '../../../errors/errors.ts';
import { quoteName } from '../reader/names.ts';

/**
 * The names of tables and views for a server that ignores case (lower_case_table_names other than 0). If two names
 * differ only in case, they are one table there, and the second table would replace the first.
 */
export class FoldedNames {
  readonly #made = new Map<string, string>();

  /**
   * Takes a name that is dropped or created.
   * @throws RestoreError if it would affect another table of the dump.
   */
  take(name: string, isMade: boolean): void {
    const key = name.toLowerCase();
    const other = this.#made.get(key);
    if (other !== undefined && other !== name) {
      throw new RestoreError(
        `the dump has both ${quoteName(other)} and ${quoteName(name)}, which this server treats as the same name ` +
          '(lower_case_table_names)',
        { hint: 'Restore to a server with lower_case_table_names = 0, or rename one of them in the source.' },
      );
    }
    if (isMade) this.#made.set(key, name);
  }
}
