import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { missingRights, type Right } from '../../../lib/engines/rights.ts';
import { Status } from './status.tsx';

/**
 * The rights that a user lacks for a restore: those without which it fails, and those without which something is
 * missing afterwards.
 */
export function RightsList({ rights, user }: { rights: readonly Right[]; user: string }) {
  const missing = missingRights(rights);
  const lessWithout = rights.filter(({ granted, required }) => !granted && !required);
  if (missing.length + lessWithout.length === 0) {
    return <Status look={{ type: 'success', text: `${user} has every right that a restore needs` }} />;
  }
  return (
    <SpaceBetween size="s">
      {missing.length > 0 && (
        <Alert type="error" header={`${user} lacks rights that a restore needs`}>
          <Rights rights={missing} />
        </Alert>
      )}
      {lessWithout.length > 0 && (
        <Alert type="info" header={`${user} lacks optional rights`}>
          <Rights rights={lessWithout} />
        </Alert>
      )}
    </SpaceBetween>
  );
}

function Rights({ rights }: { rights: readonly Right[] }) {
  return (
    <ul>
      {rights.map(({ right, needed_for }) => (
        <li key={right}>
          <strong>{right}</strong>, for {needed_for}
        </li>
      ))}
    </ul>
  );
}
