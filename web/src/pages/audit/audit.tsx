import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { AnswerOf } from '../../../../lib/api/routes.ts';
import { Time } from '../../components/times.tsx';
import { ageFilter } from '../../lists/list-filters.ts';
import { type Column, ListPage, useFilteredList } from '../../lists/list-page.tsx';

type Entry = AnswerOf<'GET /api/audit'>[number];

const COLUMNS: Column<Entry>[] = [
  {
    id: 'time',
    header: 'Time',
    cell: ({ created_at }) => <Time iso={created_at} />,
    sortingField: 'created_at',
    // the minimum width for a time on one line
    minWidth: 180,
  },
  {
    id: 'username',
    header: 'User',
    cell: ({ username }) => username,
    sortingField: 'username',
    text: ({ username }) => username,
    isRowHeader: true,
  },
  { id: 'role', header: 'Role at the time', cell: ({ role }) => role ?? '–', sortingField: 'role', hidden: true },
  {
    id: 'status',
    header: 'Status',
    cell: Answer,
    sortingField: 'status',
    text: ({ status }) => String(status),
  },
  { id: 'call', header: 'Call', cell: ({ call }) => call, sortingField: 'call', text: ({ call }) => call },
  {
    id: 'address',
    header: 'Address',
    cell: ({ address }) => address,
    sortingField: 'address',
    text: ({ address }) => address,
  },
  {
    id: 'path',
    header: 'Path',
    cell: ({ path }) => path,
    sortingField: 'path',
    maxWidth: 420,
    text: ({ path }) => path,
  },
  {
    id: 'changes',
    header: 'What changed',
    cell: Changes,
    maxWidth: 480,
    text: ({ detail, changes }) => [detail, ...(changes ?? []).map(wordsOfChange)].filter(Boolean).join('\n'),
  },
];

/** `host: a → b`. A new or removed value has only one side. */
function wordsOfChange({ field, from, to }: NonNullable<Entry['changes']>[number]): string {
  if (from === null) return to === null ? field : `${field}: ${to}`;
  return `${field}: ${from} → ${to ?? '(removed)'}`;
}

/** An entry's detail, with a line for each field that was changed. */
function Changes({ detail, changes = [] }: Entry) {
  if (detail === undefined && changes.length === 0) return '–';
  return (
    <>
      {detail !== undefined && <div>{detail}</div>}
      {changes.map((change) => (
        <div key={change.field}>{wordsOfChange(change)}</div>
      ))}
    </>
  );
}

const FILTERS = [ageFilter(Date.now)];

export default function Audit() {
  const list = useFilteredList('GET /api/audit', FILTERS);
  return (
    <ListPage
      name="audit"
      title="Audit log"
      nouns={['entry', 'entries']}
      list={list}
      columns={COLUMNS}
      labelOf={({ username, call, created_at }) => `${username}, ${call}, ${created_at}`}
      empty="Every change, download and sign-in will be listed here."
    />
  );
}

/** The call's HTTP status, and whether the call was carried out. */
function Answer({ status }: Entry) {
  if (status < 400) return <StatusIndicator type="success">{status}</StatusIndicator>;
  if (status < 500) return <StatusIndicator type="warning">{status} refused</StatusIndicator>;
  return <StatusIndicator type="error">{status} failed</StatusIndicator>;
}
