import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useConnectionNames } from '../../api/names.ts';
import { useList } from '../../api/queries.ts';
import { CALM_MS } from '../../api/refresh-interval.ts';
import { PageLink } from '../../components/page-link.tsx';
import { Age, Time, useNow } from '../../components/times.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { ListPart, TIME_WIDTH } from '../../lists/list-part.tsx';
import { madeAt } from '../backups/restorable.ts';
import { ServerMark } from '../backups/server-mark.tsx';
import { isOld, newestPerDatabase, OLD_AFTER_MS } from './newest-per-database.ts';

const OLD_HOURS = OLD_AFTER_MS / 3_600_000;

/** What could be restored now, by database, oldest first. */
export function NewestVerified() {
  const { connections, nameOf } = useConnectionNames();
  const now = useNow(60_000);
  const list = useList('GET /api/backups', { verify_status: 'passed', limit: 200 }, { refresh: () => CALM_MS });
  const loaded = list.items?.length ?? 0;
  return (
    <ListPart
      title="Newest verified backup of each database"
      description={
        list.hasNextPage
          ? `From the newest ${loaded} verified backups. Load more to see databases whose verified backups are older.`
          : 'Databases without a verified backup are not listed.'
      }
      noun="verified backups"
      items={newestPerDatabase(list.items ?? [])}
      list={list}
      columns={[
        {
          id: 'database',
          header: 'Database',
          minWidth: 160,
          cell: (backup) => (
            <>
              <PageLink href={`/backups/${backup.id}`}>
                {`${backup.database_name} on ${nameOf(backup.connection_id)}`}
              </PageLink>
              <ServerMark backup={backup} connections={connections} />
            </>
          ),
          isRowHeader: true,
        },
        {
          id: 'age',
          header: 'Age',
          minWidth: 230,
          cell: (backup) =>
            isOld(backup, now) ? (
              <StatusIndicator type="warning">
                <Age iso={madeAt(backup)} />: older than {OLD_HOURS} hours
              </StatusIndicator>
            ) : (
              <Age iso={madeAt(backup)} />
            ),
        },
        { id: 'made', header: 'Made', minWidth: TIME_WIDTH, cell: (backup) => <Time iso={madeAt(backup)} /> },
        {
          id: 'size',
          header: 'Size',
          minWidth: 110,
          cell: ({ size_bytes, object_bytes }) => {
            const bytes = size_bytes ?? object_bytes;
            return bytes === null ? '–' : formatBytes(bytes);
          },
        },
      ]}
      empty="No backup has passed verification yet. Verify some on the Backups page."
    />
  );
}
