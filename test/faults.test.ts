/**
 * What becomes of a restore that meets a fault: its target is as it was, or as the backup, or told as incomplete; nothing is
 * left behind, and the next restore is right. `npm run test:long` has all of them, and random ones.
 */
import { DB_TYPES } from '../lib/domain/records.ts';
import { describeFaults } from './faults/describe-faults.ts';

for (const dbType of DB_TYPES) describeFaults(dbType, ({ often }) => often?.includes(dbType) ?? false);
