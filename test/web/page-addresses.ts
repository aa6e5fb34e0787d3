import type { Backup } from '../../lib/backups/model.ts';
import type { ApiClient } from '../../lib/local/demo/api-client.ts';
import { PAGES, type Page } from '../../web/src/pages.ts';

/** A recovery plan that restores the newest backup somewhere else, and a dry run of it: something to show on their pages. */
export async function addRecoveryPlan(
  api: ApiClient,
  fields: { name?: string; database?: string } = {},
): Promise<void> {
  const [backup] = (await api.call('GET', '/api/backups?limit=1')).body as Backup[];
  if (backup === undefined) throw new Error('there is no backup to make a plan from');
  const { connection_id, database_name } = backup;
  const { name = 'Weekly rehearsal', database = database_name } = fields;
  const pick = fields.database === undefined ? { kind: 'backup', backup_id: backup.id } : { kind: 'newest_verified' };
  const entry = { connection_id, database, pick, target_connection: connection_id, target_database: 'rehearsal' };
  const added = await api.call('POST', '/api/recovery-plans', {
    name,
    groups: [[entry]],
  });
  const { id } = added.body as { id: string };
  const { status, body } = await api.call('POST', `/api/recovery-plans/${id}/dry-run`);
  if (status !== 202) throw new Error(`the dry run was not taken: ${JSON.stringify(body)}`);
}

/** Every page, with the newest thing that there is to show on it. */
export async function pageAddresses(api: ApiClient): Promise<{ page: Page; address: string }[]> {
  return Promise.all(
    PAGES.map(async (page) => {
      if (!page.path.includes(':id')) return { page, address: page.path };
      const [, resource = ''] = page.path.split('/');
      const { body } = await api.call('GET', `/api/${resource}?limit=1`);
      const [newest] = body as { id: string }[];
      if (newest === undefined) throw new Error(`there is nothing to show on ${page.path}`);
      return { page, address: page.path.replace(':id', newest.id) };
    }),
  );
}
