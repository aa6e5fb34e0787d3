import { randomBytes } from 'node:crypto';
import type mysql from 'mysql2/promise';
import type { Addition } from '../../../../formats/mysql-dump/rewrite/split-table.ts';
import { rebuildStatements } from '../../rules/key-tries.ts';
import { queryRows } from '../../session/session.ts';
import { runText, type TextFault } from '../text.ts';

/**
 * Adds keys to a MariaDB table if the server lacks the disk space to sort.
 * @param client a session whose text is sent byte by byte, with the dump's settings.
 * @returns the server's error; then the table is as it was before, unless the last step failed. Undefined on success.
 */
export async function rebuildWithKeys(
  client: mysql.Connection,
  additions: readonly [Addition, ...Addition[]],
  line: number,
): Promise<TextFault | undefined> {
  const made = `jagad_restore_${randomBytes(6).toString('hex')}`;
  const [{ table }] = additions;
  const { fill, swap } = rebuildStatements(additions, made, await counterOf(client, table));
  const drop = () => client.query(`DROP TABLE IF EXISTS ${made}`).catch(() => {});
  for (const [at, text] of fill.entries()) {
    const fault = await runText(client, text, line);
    if (fault === undefined && at === 0 && (await hasInvisible(client, made))) {
      // SELECT * would leave their values out
      await drop();
      return { errno: 0, message: `at line ${line}: a table with invisible columns can't be recreated with its keys` };
    }
    if (fault === undefined) continue;
    await drop();
    return fault;
  }
  for (const text of swap) {
    const fault = await runText(client, text, line);
    if (fault !== undefined) return { ...fault, message: `${fault.message} (its rows are in ${made})` };
  }
  return undefined;
}

async function counterOf(client: mysql.Connection, table: Buffer): Promise<string | undefined> {
  const [row] = await queryRows<Record<string, unknown>>(client, `SHOW CREATE TABLE ${table.toString('latin1')}`);
  const create = String(row?.['Create Table'] ?? '');
  return /\sAUTO_INCREMENT=(\d+)/.exec(create.slice(create.lastIndexOf('\n)')))?.[1];
}

async function hasInvisible(client: mysql.Connection, table: string): Promise<boolean> {
  const found = await queryRows(
    client,
    "SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND EXTRA LIKE '%INVISIBLE%'",
    [table],
  );
  return found.length > 0;
}
