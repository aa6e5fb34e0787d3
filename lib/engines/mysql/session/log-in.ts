import type { Access } from '../../connect/connect.ts';
import type { LogIn } from '../../connect/module.ts';
import { mysqlWriteRefusal, replicaWarning } from '../../connect/write-refusals.ts';
import { connectMysql, queryRows } from './session.ts';

export async function logInToMysql(access: Access): Promise<LogIn> {
  const { client } = await connectMysql(access);
  try {
    const [server] = await queryRows<{ version: string }>(client, 'SELECT VERSION() AS version');
    const status = await queryRows<{ Variable_name: string; Value: string }>(
      client,
      "SHOW SESSION STATUS WHERE Variable_name IN ('Ssl_version', 'Ssl_cipher')",
    );
    const value = (name: string) => status.find((row) => row.Variable_name === name)?.Value ?? '';
    const databases = await queryRows<{ name: string }>(
      client,
      `SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA
       WHERE SCHEMA_NAME NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys') ORDER BY SCHEMA_NAME`,
    );
    const refusal = await mysqlWriteRefusal(client);
    return {
      version: server?.version ?? '',
      writes:
        refusal === undefined
          ? await replicaWarning(client)
          : `No restore can write there: ${refusal.why}. ${refusal.hint}`,
      databases: databases.map(({ name }) => name),
      tls: value('Ssl_cipher') === '' ? null : `${value('Ssl_version')} ${value('Ssl_cipher')}`,
    };
  } finally {
    await client.end();
  }
}
