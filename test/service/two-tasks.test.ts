/** Two tasks of one restore, for each engine: one writes. The long tier has both orders, kills and cancels of all. */
import { describeTakeover, describeTwoTasks, describeTwoTasksOfRecovery, ORDERS } from '../support/two-tasks.ts';

const [unwatchedFirst] = ORDERS;

describeTwoTasks('postgresql', ORDERS, true);
describeTwoTasks('mariadb', [unwatchedFirst], false);
describeTwoTasks('mysql', [unwatchedFirst], false);
describeTakeover();
describeTwoTasksOfRecovery([unwatchedFirst]);
