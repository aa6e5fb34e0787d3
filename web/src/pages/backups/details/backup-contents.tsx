import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import type { AnswerOf } from '../../../../../lib/api/routes.ts';
import { useRead } from '../../../api/queries.ts';
import { ErrorAlert } from '../../../components/error-alert.tsx';
import { Loading } from '../../../components/loading.tsx';
import { formatBytes } from '../../../format/bytes.ts';
import { sentence } from '../../../format/sentence.ts';
import { PagedTable } from '../../../lists/paged-table.tsx';
import type { Backup } from '../restorable.ts';

type Contents = AnswerOf<'GET /api/backups/{id}/contents'>;

interface Row {
  name: string;
  kind: string;
  rows: number | null;
  bytes: number | null;
}

/** What the dump contains, according to its last verification. */
export function BackupContents({ backup }: { backup: Backup }) {
  if (backup.contents === null) return null;
  return <Known backup={backup} />;
}

function Known({ backup: { id, contents } }: { backup: Backup }) {
  const { data, error, refetch } = useRead('GET /api/backups/{id}/contents', { id });
  if (data === undefined && error === null) return <Loading what="contents" />;
  if (data === undefined) {
    return (
      <ErrorAlert
        error={error}
        what="The contents could not be loaded"
        action={<Button onClick={() => refetch()}>Try again</Button>}
      />
    );
  }
  const rows = rowsOf(data);
  const counted = contents?.rows === null || contents === null ? '' : `, ${contents.rows.toLocaleString('en')} rows`;
  return (
    <PagedTable
      label="Contents"
      items={rows}
      keyOf={({ kind, name }) => `${kind} ${name}`}
      heading={{
        title: 'Contents',
        description: `${contents?.tables ?? 0} tables${counted}, as the last verification read them.`,
      }}
      search={{ placeholder: 'Find a table, view or routine', textOf: ({ kind, name }) => `${kind} ${name}` }}
      columns={[
        { id: 'name', header: 'Name', cell: ({ name }) => name, sortingField: 'name', isRowHeader: true },
        { id: 'kind', header: 'Kind', cell: ({ kind }) => kind, sortingField: 'kind' },
        {
          id: 'rows',
          header: 'Rows',
          cell: (row) => (row.rows === null ? '–' : row.rows.toLocaleString('en')),
          sortingField: 'rows',
        },
        {
          id: 'bytes',
          header: 'Size in the dump',
          cell: ({ bytes }) => (bytes === null ? '–' : formatBytes(bytes)),
          sortingField: 'bytes',
        },
      ]}
      empty="The dump is empty."
    />
  );
}

/**
 * What is unusual compared with the previous backup: even if its bytes are sound, a backup may contain only half a
 * database.
 */
export function UnusualContents({ contents }: Pick<Backup, 'contents'>) {
  if (contents === null || contents.findings.length === 0) return null;
  return (
    <Alert type="warning" header="This backup differs from the previous one">
      <ul>
        {contents.findings.map((finding) => (
          <li key={finding}>{sentence(finding)}</li>
        ))}
      </ul>
    </Alert>
  );
}

/** The largest tables first, then everything that has no rows. */
function rowsOf(contents: Contents): Row[] {
  const rows: Row[] =
    contents.kind === 'mysqldump'
      ? [
          ...contents.tables.map(({ name, rows, data_bytes }) => ({ name, kind: 'table', rows, bytes: data_bytes })),
          ...contents.views.map(({ name }) => ({ name, kind: 'view', rows: null, bytes: null })),
          ...contents.routines.map(({ kind, name }) => ({ name, kind, rows: null, bytes: null })),
          ...contents.triggers.map(({ name }) => ({ name, kind: 'trigger', rows: null, bytes: null })),
          ...contents.events.map(({ name }) => ({ name, kind: 'event', rows: null, bytes: null })),
          ...contents.sequences.map(({ name }) => ({ name, kind: 'sequence', rows: null, bytes: null })),
        ]
      : contents.objects.map(({ kind, schema, table, name, rows, data_bytes }) => ({
          name: [schema, table, name].filter((part) => part !== null).join('.'),
          kind: kind.toLowerCase(),
          rows,
          bytes: data_bytes,
        }));
  return rows.toSorted((a, b) => (b.bytes ?? -1) - (a.bytes ?? -1));
}
