import type { Connection } from '../records.ts';

export type NamedConnection = { connection: Connection } | { problem: string };

/**
 * The connection that a key names. Where two have that name it is neither: a restore of the backup to "its own server"
 * might go to the other one.
 */
export function connectionByName(connections: readonly Connection[]): (name: string) => NamedConnection {
  const byName = Map.groupBy(connections, ({ name }) => name);
  return (name) => {
    const [connection, ...others] = byName.get(name) ?? [];
    if (connection === undefined) return { problem: 'no connection has this name' };
    if (others.length > 0) return { problem: `${others.length + 1} connections have this name` };
    return { connection };
  };
}
