import type { ApiClient } from '../../lib/local/demo/api-client.ts';
import { PAGES, type Page } from '../../web/src/pages.ts';

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
