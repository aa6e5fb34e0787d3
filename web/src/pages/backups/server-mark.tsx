import Box from '@cloudscape-design/components/box';
import type { Connection } from '../../../../lib/connections/model.ts';
import { serverMark } from './own-server.ts';
import type { Backup } from './restorable.ts';

/**
 * Marks a backup in a list, below the server's name, if it may come from another server.
 * @param connections the ones that have been loaded so far.
 */
export function ServerMark({ backup, connections }: { backup: Backup; connections: readonly Connection[] }) {
  const mark = serverMark(
    backup,
    connections.find(({ id }) => id === backup.connection_id),
  );
  if (mark === undefined) return null;
  return (
    <Box fontSize="body-s" color="text-body-secondary">
      {mark}
    </Box>
  );
}
