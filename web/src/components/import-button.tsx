import { PageButton } from './page-button.tsx';

/**
 * A button that leads to the import from Jagad.
 * @param providerId for backups whose record names none.
 */
export function ImportButton({ providerId }: { providerId?: string }) {
  return (
    <PageButton
      call="POST /api/backups/import-from-jagad"
      href={providerId === undefined ? '/import' : `/import?storage_provider_id=${providerId}`}
    >
      Import from Jagad
    </PageButton>
  );
}
