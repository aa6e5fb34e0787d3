import { expect, test } from 'vitest';
import { parseControlData } from '../../../lib/formats/pgbackrest/control-data.ts';

test("the cluster's sizes are read from pg_controldata, and output without them is refused", () => {
  const text = `pg_control version number:            1300
max_connections setting:              100
max_worker_processes setting:         8
max_wal_senders setting:              10
max_prepared_xacts setting:           5
max_locks_per_xact setting:           64
Bytes per WAL segment:                16777216
`;
  expect(parseControlData(text)).toEqual({
    walSegmentBytes: 16777216,
    sizes: {
      max_connections: 100,
      max_worker_processes: 8,
      max_prepared_transactions: 5,
      max_locks_per_transaction: 64,
    },
  });
  expect(() => parseControlData('usage: …')).toThrow('pg_controldata does not report "Bytes per WAL segment"');
});
