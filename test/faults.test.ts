/**
 * What becomes of a restore that meets a fault: its target is as it was, or as the backup, or told as incomplete; nothing is
 * left behind, and the next restore is right. The sample has a dozen, each kind of fault with one of two engines;
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
