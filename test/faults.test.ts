/**
 * Restores that meet a fault: the target is as it was, or like the backup, or reported as incomplete; nothing is left
 * behind, and the next restore succeeds. The sample has a dozen, each kind of fault with one of two engines;
 * `long/faults.test.ts` has random ones.
 */
import type { DbType } from '../lib/databases/names.ts';
import { describeFaults } from './faults/describe-faults.ts';
import { FAULTS } from './faults/faults.ts';
import { EVERY_CASE, everyCase } from './support/every-case.ts';

for (const dbType of everyCase<DbType>(['postgresql', 'mariadb'], ['mysql'])) {
  describeFaults(
    dbType,
    FAULTS.filter(({ often }) => EVERY_CASE || often === dbType),
  );
}
