import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes a minute or more: begun last, each would keep one worker at work while the other has nothing to do. */
const LONGEST = [
  'test/service/kills.test.ts',
  'test/containers/restore/engines/mysql-load.test.ts',
  'test/web/browser/watch.test.ts',
  'test/service/preview.test.ts',
  'test/service/recovery.test.ts',
  'test/service/catalogue.test.ts',
  'test/service/requests.test.ts',
  'test/service/restore-mysql.test.ts',
  'test/web/browser/administration.test.ts',
  'test/service/lifecycle.test.ts',
  'test/local/demo/round-trip.test.ts',
  'test/containers/restore/physical/pgbackrest.test.ts',
];

/** Vitest's own order, by the size of files where it has seen no run, behind those that are known to take long. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.indexOf(relative(this.ctx.config.root, moduleId));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
