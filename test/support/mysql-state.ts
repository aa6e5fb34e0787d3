/** Everything that a database of MySQL or MariaDB holds, as text: even what can't be dumped. */
import { openSession, quoteName } from '../../lib/local/demo/session.ts';
import type { RunningServer } from '../../lib/local/servers/throwaway.ts';

const OBJECTS = {
  TABLE: 'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
  TRIGGER: 'SELECT TRIGGER_NAME AS name FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()',
  FUNCTION:
    "SELECT ROUTINE_NAME AS name FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'FUNCTION'",
  PROCEDURE:
    "SELECT ROUTINE_NAME AS name FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() AND ROUTINE_TYPE = 'PROCEDURE'",
  EVENT: 'SELECT EVENT_NAME AS name FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()',
};

export async function mysqlState(server: RunningServer, database: string): Promise<string> {
  const session = await openSession(server, database);
  const told = (sql: string) =>
    session.rows(sql).then(
      (rows) => JSON.stringify(rows),
      ({ message }: Error) => message,
    );
  try {
    const lines: string[] = [];
    for (const [kind, sql] of Object.entries(OBJECTS)) {
      const names = (await session.rows(sql)).map((row) => String(row.name));
      // the server may sort names that only differ in case either way
      for (const one of names.sort()) {
        const name = quoteName(server.dbType, one);
        lines.push(`${kind} ${name}`, await told(`SHOW CREATE ${kind} ${name}`));
        if (kind === 'TABLE') lines.push(await told(`SELECT * FROM ${name} LIMIT 100`));
      }
    }
    return lines.join('\n');
  } finally {
    await session.end();
  }
}
