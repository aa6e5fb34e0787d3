import Button from '@cloudscape-design/components/button';
import { useLocation } from 'wouter';
import { useMay } from '../session/use-may.ts';

/**
 * Leads to the import from Jagad.
 * @param providerId for backups whose record names none.
 */
export function ImportButton({ providerId }: { providerId?: string }) {
  const [, navigate] = useLocation();
  const may = useMay('POST /api/backups/import-from-jagad');
  return (
    <Button
      disabled={!may.allowed}
      disabledReason={may.reason}
      onClick={() => navigate(providerId === undefined ? '/import' : `/import?storage_provider_id=${providerId}`)}
    >
      Import from Jagad
    </Button>
  );
}
