import Alert from '@cloudscape-design/components/alert';
import type { ReactNode } from 'react';

interface ServerDoubtProps {
  doubt: string | undefined;
  /** What to do about the doubt. */
  children: ReactNode;
  action?: ReactNode;
}

/**
 * Warns that a backup may come from a different server than its record says. Shows nothing if its server is certain.
 */
export function ServerDoubt({ doubt, children, action }: ServerDoubtProps) {
  if (doubt === undefined) return null;
  return (
    <Alert type="warning" header="This backup may be from another server" action={action}>
      {doubt}
      <div>{children}</div>
    </Alert>
  );
}
