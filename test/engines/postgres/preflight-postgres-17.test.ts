/** The preflight's findings on PostgreSQL 17. */
import { onPostgres17 } from '../../support/postgres-17.ts';

await onPostgres17(() => import('./preflight.test.ts'));
