import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Box from '@cloudscape-design/components/box';
import Input from '@cloudscape-design/components/input';
import type { Database } from '../../../recovery/recovery-address.ts';
import type { Backup } from '../../backups/restorable.ts';
import { listProblem, renamed, rowProblems } from './form.ts';

interface DatabasesFieldProps {
  backup: Backup;
  databases: readonly Database[];
  onChange(databases: readonly Database[]): void;
  /** Whether the user has tried to continue. */
  tried: boolean;
}

const EMPTY: Database = { from: '', to: '' };

/** Which databases to restore from a backup, and their names on the target. */
export function DatabasesField({ backup, databases, onChange, tried }: DatabasesFieldProps) {
  const problems = rowProblems(databases, backup);
  const problem = databases.length === 0 && !tried ? undefined : listProblem(databases);
  const replace = (index: number, row: Database) => onChange(databases.with(index, row));
  const input = (value: string, set: (text: string) => void) => (
    <Input value={value} onChange={({ detail }) => set(detail.value)} spellcheck={false} autoComplete="off" />
  );
  return (
    <AttributeEditor
      items={databases}
      addButtonText="Add database"
      disableAddButton={listProblem([...databases, { from: 'a', to: 'a' }]) !== undefined}
      removeButtonText="Remove"
      removeButtonAriaLabel={({ from }) => `Remove ${from === '' ? 'this database' : from}`}
      onAddButtonClick={() => onChange([...databases, EMPTY])}
      onRemoveButtonClick={({ detail }) => onChange(databases.toSpliced(detail.itemIndex, 1))}
      empty="No database chosen yet."
      additionalInfo={
        problem === undefined ? (
          'Each database is created if it does not exist, and overwritten if it does. Nothing else on the server is touched.'
        ) : (
          <Box color="text-status-error">{problem}</Box>
        )
      }
      definition={[
        {
          label: 'Database in the backup',
          control: (row, index) => input(row.from, (from) => replace(index, renamed(row, from))),
          errorText: ({ from }, index) => (from === '' && !tried ? undefined : problems[index]?.from),
        },
        {
          label: 'Restored as',
          control: (row, index) => input(row.to, (to) => replace(index, { ...row, to })),
          errorText: ({ to }, index) => (to === '' && !tried ? undefined : problems[index]?.to),
        },
      ]}
    />
  );
}
