/**
 * Two tasks of one restore, for each engine: one writes. The long tier has both orders, kills and cancels of all, and MySQL,
 * which is restored by the same code as MariaDB.
 */
import { describeTakeover, describeTwoTasks, describeTwoTasksOfRecovery, ORDERS } from '../support/two-tasks.ts';

const [unwatchedFirst] = ORDERS;

describeTwoTasks('postgresql', ORDERS, true);
describeTwoTasks('mariadb', [unwatchedFirst], false);
describeTakeover();
describeTwoTasksOfRecovery([unwatchedFirst]);
