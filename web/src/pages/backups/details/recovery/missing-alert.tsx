import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import { sentence } from '../../../../format/sentence.ts';

/** What a physical backup lacks, and what to do about it. */
export function MissingAlert({ missing, retry }: { missing: readonly string[]; retry(): unknown }) {
  return (
    <Alert
      type="error"
      header="This backup cannot be assembled"
      action={<Button onClick={() => retry()}>Check again</Button>}
    >
      <ul>
        {missing.map((line) => (
          <li key={line}>{sentence(line)}</li>
        ))}
      </ul>
      Bring back the missing objects, scan or import again if only the records are missing, or restore another backup.
    </Alert>
  );
}
