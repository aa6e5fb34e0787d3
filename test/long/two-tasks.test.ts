/** Two tasks of one restore: every engine, both orders, with kills and cancels. */
import { DB_TYPES } from '../../lib/domain/records.ts';
import { describeTakeover, describeTwoTasks, describeTwoTasksOfRecovery, ORDERS } from '../support/two-tasks.ts';

for (const dbType of DB_TYPES) describeTwoTasks(dbType, ORDERS, true);
describeTakeover();
describeTwoTasksOfRecovery(ORDERS);
