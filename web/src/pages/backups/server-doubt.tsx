import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import type { ReactNode } from 'react';
import type { Connection } from '../../../../lib/domain/records.ts';
import { serverMark } from './own-server.ts';
import type { Backup } from './restorable.ts';

interface ServerDoubtProps {
  doubt: string | undefined;
  /** What to do about it. */
  children: ReactNode;
  action?: ReactNode;
}

/** Warns that a backup may be of another server than its record says; nothing if that is certain. */
export function ServerDoubt({ doubt, children, action }: ServerDoubtProps) {
  if (doubt === undefined) return null;
  return (
    <Alert type="warning" header="This backup may be of another server" action={action}>
      {doubt}
      <div>{children}</div>
    </Alert>
  );
}

/** The same in a list, below the server's name. @param connections as far as they are read. */
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
