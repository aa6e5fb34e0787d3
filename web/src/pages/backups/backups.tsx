import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useConnectionNames } from '../../api/names.ts';
import { useChange, useList } from '../../api/queries.ts';
import { CALM_MS, LIVE_MS } from '../../api/refresh-interval.ts';
import { ImportButton } from '../../components/import-button.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { BACKUP_STATUS, optionsOf, VERIFY_STATUS, WOULD_RESTORE } from '../../components/status.tsx';
import { ageFilter, type ListFilter } from '../../lists/list-filters.ts';
import { ListPage, useFilteredList } from '../../lists/list-page.tsx';
import { useMay } from '../../session/use-may.ts';
import { useNotifications } from '../../shell/notifications.tsx';
import { backupColumns } from './columns.tsx';
import { download } from './download.ts';
import { type Backup, undownloadable, unrestorable, unverifiable } from './restorable.ts';

export default function Backups() {
  const [, navigate] = useLocation();
  const [selected, setSelected] = useState<Backup[]>([]);
  const names = useConnectionNames();
  const { tell, fail } = useNotifications();
  const verify = useChange('POST /api/backups/{id}/verify');
  const mayVerify = useMay('POST /api/backups/{id}/verify');
  const mayRestore = useMay('POST /api/backups/{id}/restore');
  const mayDownload = useMay('GET /api/backups/{id}/download');

  const known = useList('GET /api/backups', {}, { enabled: false }).items ?? [];
  const filters: ListFilter[] = [
    {
      key: 'connection_id',
      label: 'Connection',
      options: names.connections.map(({ id, name }) => ({ value: id, label: name })),
    },
    {
      key: 'database_name',
      label: 'Database',
      options: [...new Set(known.map(({ database_name }) => database_name))].map((value) => ({ value, label: value })),
    },
    { key: 'status', label: 'Status', options: optionsOf(BACKUP_STATUS) },
    { key: 'verify_status', label: 'Verification', options: optionsOf(VERIFY_FILTER) },
    {
      key: 'contents_state',
      label: 'Contents',
      options: [
        { value: 'odd', label: 'Differ from the previous backup' },
        { value: 'as_before', label: 'As before' },
        { value: 'first', label: 'First of its database' },
      ],
    },
    { key: 'would_restore', label: 'Would restore', options: optionsOf(WOULD_RESTORE) },
    ageFilter(Date.now),
  ];
  const list = useFilteredList('GET /api/backups', filters, (items) =>
    items.some(({ verify_status }) => verify_status === 'verifying') ? LIVE_MS : CALM_MS,
  );

  // the items as they are now, not as they were when they were selected
  const chosen = selected.flatMap(({ id }) => list.items?.find((backup) => backup.id === id) ?? []);
  const only = chosen.length === 1 ? chosen[0] : undefined;
  const verifiable = chosen.filter((backup) => unverifiable(backup) === undefined);
  const downloadable = chosen.filter((backup) => undownloadable(backup) === undefined);

  async function verifyChosen() {
    const results = await Promise.allSettled(verifiable.map(({ id }) => verify.mutateAsync({ id, body: {} })));
    const refused = results.filter((result) => result.status === 'rejected');
    if (refused.length < results.length) {
      tell('info', `Verifying ${count(results.length - refused.length)}. The list will show the results.`);
    }
    if (refused[0]) fail(`${count(refused.length)} could not be verified`, refused[0].reason);
  }

  return (
    <ListPage
      name="backups"
      title="Backups"
      nouns={['backup', 'backups']}
      list={list}
      columns={backupColumns(names)}
      labelOf={({ database_name, id }) => `${database_name}, ${id}`}
      selection={{ items: chosen, onChange: setSelected }}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ImportButton />
          <Button
            disabled={!mayVerify.allowed || verifiable.length === 0}
            disabledReason={mayVerify.reason ?? (only ? unverifiable(only) : 'Select complete backups only.')}
            loading={verify.isPending}
            onClick={verifyChosen}
          >
            Verify
          </Button>
          <Button
            disabled={!mayDownload.allowed || downloadable.length === 0}
            disabledReason={mayDownload.reason ?? (only ? undownloadable(only) : 'Select the backups to download.')}
            onClick={() => download(downloadable)}
          >
            Download
          </Button>
          <Button
            variant="primary"
            disabled={!mayRestore.allowed || only === undefined || unrestorable(only) !== undefined}
            disabledReason={mayRestore.reason ?? (only ? unrestorable(only) : 'Select exactly one backup to restore.')}
            onClick={() => navigate(`/backups/${only?.id}/restore`)}
          >
            Restore
          </Button>
        </SpaceBetween>
      }
      empty={
        <>
          <PageLink href="/import">Import the backups of a running Jagad</PageLink>, or add the storage that Jagad
          writes to and scan it: <PageLink href="/storage-providers">Storage providers</PageLink>.
        </>
      }
    />
  );
}

/** The API has one status for both cases. */
const VERIFY_FILTER = { ...VERIFY_STATUS, failed: { ...VERIFY_STATUS.failed, text: 'Damaged or unreadable' } };

const count = (backups: number) => `${backups} ${backups === 1 ? 'backup' : 'backups'}`;
