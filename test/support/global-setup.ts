import { ensurePackages } from '../../lib/local/packages.ts';

/** Installs the database servers that the tests run against, where they are missing. */
export default async function setup(): Promise<void> {
  await ensurePackages(['postgresql', 'mariadb-server', 'mariadb-client'], (line) => console.log(line));
}
