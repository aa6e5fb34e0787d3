import Alert from '@cloudscape-design/components/alert';
import { ConfirmName } from '../confirm-name.tsx';
import type { Confirmation } from './form.ts';

interface RecoveryConfirmProps {
  /** The names of the databases on the target. */
  names: readonly string[];
  isOriginal: boolean;
  /** The text to type; undefined if there is none. */
  confirmation: Confirmation | undefined;
  typed: string;
  onType(text: string): void;
  /** Whether the user has tried to start with a wrong text. */
  tried: boolean;
}

/** Says what is overwritten. */
export function RecoveryConfirm({ names, isOriginal, confirmation, ...typing }: RecoveryConfirmProps) {
  const isOne = names.length === 1;
  if (confirmation === undefined) {
    return (
      <Alert type="info" header={isOne ? `The database ${names[0]} will be created` : 'The databases will be created'}>
        {isOne
          ? 'It does not exist yet, so nothing is overwritten.'
          : 'None of them exist yet, so nothing is overwritten.'}
      </Alert>
    );
  }
  const what = isOne ? `database ${names[0]}` : `databases that exist: ${names.join(', ')}`;
  return (
    <ConfirmName
      {...confirmation}
      {...typing}
      title={isOne ? 'Overwrite the database' : 'Overwrite databases'}
      warning={`This overwrites the ${isOriginal && isOne ? 'original ' : ''}${what}`}
    />
  );
}
