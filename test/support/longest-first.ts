import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes twenty seconds or more: begun last, each would keep one worker at work while the others have nothing to do. */
const LONGEST = [
  'test/service/two-tasks.test.ts',
  'test/service/catalogue.test.ts',
  'test/service/preview.test.ts',
  'test/service/recovery.test.ts',
  'test/service/timelines.test.ts',
  'test/service/jagad-real.test.ts',
  'test/faults.test.ts',
  'test/web/browser/watch.test.ts',
  'test/differential.test.ts',
  'test/containers/restore/engines/mysql-load.test.ts',
  'test/web/browser/administration.test.ts',
  'test/service/restore-mysql.test.ts',
  'test/service/lifecycle.test.ts',
  'test/containers/restore/physical/pgbackrest.test.ts',
  'test/local/demo/round-trip.test.ts',
  'test/web/browser/restore-wizard.test.ts',
  'test/web/browser/recovery.test.ts',
  'test/service/traps-mysql-family.test.ts',
  'test/local/servers.test.ts',
  'test/service/restore-postgresql.test.ts',
  'test/databases/test-connection.test.ts',
  'test/service/restore-mariadb.test.ts',
  'test/service/traps-postgresql.test.ts',
  'test/hostile/postgres-archive.test.ts',
  'test/hostile/postgres-archive-mutants.test.ts',
  'test/service/secrets.test.ts',
  'test/service/accounts.test.ts',
  'test/bench/bench.test.ts',
  'test/demo.test.ts',
  'test/service/jagad-archives.test.ts',
  'test/service/reset-admin-password.test.ts',
  'test/service/second-user.test.ts',
];

/** Vitest's own order, by the size of files if it has seen no run, behind those that are known to take long. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.indexOf(relative(this.ctx.config.root, moduleId));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
