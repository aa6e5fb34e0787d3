import type { ReactNode } from 'react';
import { useParams } from 'wouter';
import type { StorageProvider } from '../../../../lib/connections/providers/model.ts';
import { useRead } from '../../api/queries.ts';
import { Loaded } from '../../components/loaded.tsx';

/** The storage provider that the page's address names. */
export function ProviderOfPage({ title, children }: { title: string; children(provider: StorageProvider): ReactNode }) {
  const { id } = useParams<{ id: string }>();
  const read = useRead('GET /api/storage-providers/{id}', { id });
  return (
    <Loaded
      read={read}
      what="storage provider"
      title={title}
      list={{ href: '/storage-providers', text: 'All storage providers' }}
    >
      {children}
    </Loaded>
  );
}
