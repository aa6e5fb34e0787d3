import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that take twenty seconds or more: started last, each would keep one worker busy while the others are idle. */
const LONGEST = [
  'test/web/browser/watch.test.ts',
  'test/service/recovery.test.ts',
  'test/service/preview.test.ts',
  'test/service/timelines.test.ts',
  'test/cases/mysql.test.ts',
  'test/service/jagad-real.test.ts',
  'test/web/browser/administration.test.ts',
  'test/faults.test.ts',
  'test/engines/mysql/load/load.test.ts',
  'test/engines/postgres/load/plain/plain.test.ts',
  'test/hostile/postgres-archive.test.ts',
  'test/containers/restore/physical/pgbackrest/pgbackrest.test.ts',
  'test/hostile/mysql-least-rights.test.ts',
  'test/service/plans.test.ts',
  'test/web/browser/recovery.test.ts',
  'test/web/browser/restore-wizard.test.ts',
  'test/differential.test.ts',
  'test/demo.test.ts',
  'test/containers/restore/physical/innodb/innodb-copy.test.ts',
  'test/service/left-sessions.test.ts',
  'test/service/two-tasks.test.ts',
  'test/service/accounts.test.ts',
  'test/hostile/postgres-role.test.ts',
  'test/service/second-user.test.ts',
  'test/service/catalogue.test.ts',
  'test/hostile/mutants-mysql.test.ts',
  'test/hostile/mutants-postgres.test.ts',
  'test/hostile/binary-log.test.ts',
  'test/service/lifecycle.test.ts',
  'test/service/reset-admin-password.test.ts',
  'test/local/state-damage.test.ts',
  'test/local/servers.test.ts',
  'test/service/restore-postgresql.test.ts',
  'test/cli/faults.test.ts',
  'test/service/restore-mariadb.test.ts',
  'test/service/restore-mysql.test.ts',
  'test/local/demo/round-trip.test.ts',
  'test/hostile/mysql.test.ts',
  'test/service/jagad-archives.test.ts',
  'test/service/faults.test.ts',
  'test/connections/test-connection.test.ts',
  'test/service/traps-postgresql.test.ts',
  'test/service/secrets.test.ts',
  'test/bench/bench.test.ts',
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
