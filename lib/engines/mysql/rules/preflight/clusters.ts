/** What a server refuses, or doesn't replicate, if it belongs to a cluster: Galera, or MySQL's Group Replication. */
import type { MysqlContents, MysqlForeignKey, MysqlTable } from '../../../../formats/dump-contents.ts';
import type { Finding } from '../../../preflight/findings.ts';
import { isInnodb, isOn, listed, type MysqlServerFacts, named } from './facts.ts';
import { hasPromotedKey } from './strict-mode.ts';

export function clusters(contents: MysqlContents, server: MysqlServerFacts): Finding[] {
  return [
    ...(isOn(server, 'wsrep_on') ? galera(contents, server) : []),
    ...(server.isInGroup ? group(contents, server) : []),
  ];
}

/** According to "Limitations" and "Galera Cluster System Variables" in Galera's and MariaDB's manuals. */
function galera(contents: MysqlContents, server: MysqlServerFacts): Finding[] {
  const { variables } = server;
  const findings: Finding[] = [];
  const most = Number(variables.get('wsrep_max_ws_size') ?? 0);
  if (most > 0 && contents.largest_statement_bytes > most) {
    findings.push({
      id: 'galera-write-set',
      message: `the statement on line ${contents.largest_statement_line} of the dump has ${contents.largest_statement_bytes} bytes, and the cluster takes ${most} in one transaction (wsrep_max_ws_size)`,
      statement: `SET GLOBAL wsrep_max_ws_size = ${MOST_WRITE_SET};`,
    });
  }
  const method = variables.get('wsrep_osu_method') ?? 'TOI';
  if (method.toUpperCase() !== 'TOI') {
    findings.push({
      id: 'galera-schema-upgrades',
      message: `tables that this node creates are created on no other node (wsrep_OSU_method is ${method}), and rows then stop the others`,
      statement: "SET GLOBAL wsrep_OSU_method = 'TOI';",
    });
  }
  const modes = new Set((variables.get('wsrep_mode') ?? '').toUpperCase().split(','));
  const keyless = contents.tables.filter(({ primary_key }) => primary_key === null);
  if (keyless.length > 0) {
    const what = `tables of the dump have no primary key, which the cluster needs to tell their rows apart: ${named(keyless)}`;
    findings.push(
      modes.has('REQUIRED_PRIMARY_KEY')
        ? {
            id: 'galera-refused',
            message: `${what} (wsrep_mode has REQUIRED_PRIMARY_KEY)`,
            statement: without(modes, 'REQUIRED_PRIMARY_KEY'),
          }
        : { id: 'galera-primary-key', message: what },
    );
  }
  const others = contents.tables.filter((table) => !isInnodb(table, server));
  if (others.length > 0) {
    const what = `the cluster only replicates rows of InnoDB's tables, and the dump has others: ${inWords(others)}`;
    findings.push(
      modes.has('STRICT_REPLICATION')
        ? {
            id: 'galera-refused',
            message: `${what} (wsrep_mode has STRICT_REPLICATION)`,
            statement: without(modes, 'STRICT_REPLICATION'),
          }
        : { id: 'galera-engine', message: what },
    );
  }
  return findings;
}

/** The maximum value of wsrep_max_ws_size. */
const MOST_WRITE_SET = 2_147_483_647;

function without(modes: ReadonlySet<string>, mode: string): string {
  return `SET GLOBAL wsrep_mode = '${[...modes].filter((one) => one !== mode && one !== '').join(',')}';`;
}

/**
 * According to "Group Replication Requirements" and "Limitations" in MySQL's manual: it refuses rows (ERROR 3098), not
 * tables.
 */
function group({ tables }: MysqlContents, server: MysqlServerFacts): Finding[] {
  const findings: Finding[] = [];
  const keyless = tables.filter((table) => table.rows > 0 && table.primary_key === null && !hasPromotedKey(table));
  const others = tables.filter((table) => table.rows > 0 && !isInnodb(table, server));
  if (keyless.length > 0) {
    findings.push({
      id: 'group-refused',
      message: `the replication group takes no rows of tables without a primary key, and the dump has some: ${named(keyless)}`,
    });
  }
  if (others.length > 0) {
    findings.push({
      id: 'group-refused',
      message: `the replication group takes rows of InnoDB's tables only, and the dump has others: ${inWords(others)}`,
    });
  }
  const cascading = tables.filter((table) => table.rows > 0 && table.foreign_keys.some(cascades));
  if (cascading.length > 0 && isOn(server, 'group_replication_enforce_update_everywhere_checks')) {
    findings.push({
      id: 'group-foreign-keys',
      message: `the replication group takes no rows of tables whose foreign keys cascade (group_replication_enforce_update_everywhere_checks), and the dump has some: ${named(cascading)}`,
    });
  }
  return findings;
}

function cascades({ on_delete, on_update }: MysqlForeignKey): boolean {
  return [on_delete, on_update].some((action) => action === 'cascade' || action?.startsWith('set ') === true);
}

function inWords(tables: readonly MysqlTable[]): string {
  return listed(tables.map(({ name, engine }) => `${name} (${engine ?? 'the default engine'})`));
}
