/** Databases that chance made, through each of the dump tools' options, loaded over several sessions. */
import { it } from 'vitest';
import { dumpOfStatements, loadBothWays } from '../support/mysql-load.ts';
import { randomShapes, shapes } from '../support/mysql-shapes.ts';
import { NO_MYSQL, startServer } from '../support/servers.ts';
import { campaign } from './campaign.ts';

/** Each is loaded over itself, too: so all drop their tables first. */
const WAYS = [
  ['--skip-extended-insert'],
  ['--complete-insert'],
  ['--skip-add-locks', '--skip-disable-keys'],
  ['--no-autocommit'],
  ['--replace'],
  ['--insert-ignore'],
  [],
];

it.for(['mariadb', 'mysql'] as const)('%s: loads what chance made', { timeout: 7_200_000 }, async (dbType, context) => {
  const server = await startServer(dbType);
  if (server === undefined) return context.skip(NO_MYSQL);
  try {
    await campaign(`${dbType}: dumps that chance made`, 0.2, async (seed) => {
      const statements = seed % 10 === 0 ? shapes(dbType) : randomShapes(seed);
      await loadBothWays(server, await dumpOfStatements(server, statements, WAYS[seed % WAYS.length]), 1 + (seed % 4));
    });
  } finally {
    await server.stop();
  }
});
