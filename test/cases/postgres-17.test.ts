/** The cases of PostgreSQL, on 17. */
import { onPostgres17 } from '../support/postgres-17.ts';

await onPostgres17(() => import('./postgres.test.ts'));
