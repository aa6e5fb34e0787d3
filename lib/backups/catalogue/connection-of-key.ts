import type { Connection } from '../../connections/model.ts';
import type { KeyReading } from './backup-key.ts';

/** The connection and the database that a key names; or why it names none, with the name exactly as in the key. */
export type ConnectionOfKey =
  | { connection: Connection; database: string | undefined }
  | { connectionName: string; problem: string };

export type ConnectionFinder = (readings: readonly [KeyReading, ...KeyReading[]]) => ConnectionOfKey;

/**
 * Finds the connection that a key names. If several match, the result is none: otherwise, a restore of the backup to
 * "its own server" might go to a different one. Even a single match is a guess, since names get reused.
 */
export function connectionOfKey(connections: readonly Connection[]): ConnectionFinder {
  const byName = Map.groupBy(connections, ({ name }) => name);
  return (readings) => {
    const found = readings.flatMap(({ connectionName, database }) =>
      (byName.get(connectionName) ?? []).map((connection) => ({ connection, database })),
    );
    const [first, ...others] = found;
    const [{ connectionName }] = readings;
    if (first === undefined) return { connectionName, problem: 'no connection has this name' };
    if (others.length === 0) return first;
    const { name } = first.connection;
    const problem = others.every(({ connection }) => connection.name === name)
      ? `${found.length} connections have this name`
      : `the key may belong to any of the connections ${[...new Set(found.map((one) => one.connection.name))].join(', ')}`;
    return { connectionName: name, problem };
  };
}
