import { ensurePackages } from '../../../lib/local/packages.ts';

/** Installs the database servers that the tests run against, their backup tools, and the browser, if they are missing. */
export default async function setup(): Promise<void> {
  try {
    await ensurePackages(
      ['postgresql', 'pgbackrest', 'mariadb-server', 'mariadb-client', 'mariadb-backup', 'browser'],
      (line) => console.log(line),
    );
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}
