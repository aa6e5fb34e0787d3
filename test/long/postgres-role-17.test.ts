/** The role of a restore, on PostgreSQL 17. */
import { onPostgres17 } from '../support/postgres-17.ts';

await onPostgres17(() => import('../hostile/postgres-role.test.ts'));
