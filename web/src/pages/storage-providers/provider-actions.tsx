import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useLocation } from 'wouter';
import type { StorageProvider } from '../../../../lib/connections/providers/model.ts';
import { useChange } from '../../api/queries.ts';
import { useMay } from '../../session/use-may.ts';
import { useNotifications } from '../../shell/notifications.tsx';

interface ProviderActionsProps {
  provider: StorageProvider;
  testing: boolean;
  onTest(): void;
  onDelete(): void;
}

export function ProviderActions({ provider, testing, onTest, onDelete }: ProviderActionsProps) {
  const { id, name, is_default } = provider;
  const [, navigate] = useLocation();
  const { tell, fail } = useNotifications();
  const setDefault = useChange('POST /api/storage-providers/{id}/set-default');
  const mayTest = useMay('POST /api/storage-providers/{id}/test');
  const mayEdit = useMay('PUT /api/storage-providers/{id}');
  const mayDelete = useMay('DELETE /api/storage-providers/{id}');
  const mayDefault = useMay('POST /api/storage-providers/{id}/set-default');

  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={!mayDelete.allowed} disabledReason={mayDelete.reason} onClick={onDelete}>
        Delete
      </Button>
      <Button
        disabled={!mayDefault.allowed || is_default}
        disabledReason={mayDefault.reason ?? 'It is already the default.'}
        loading={setDefault.isPending}
        onClick={() =>
          setDefault.mutate(
            { id, body: {} },
            {
              onSuccess: () => tell('success', `${name} is now the default storage provider.`),
              onError: (error) => fail('The default was not changed', error),
            },
          )
        }
      >
        Set as default
      </Button>
      <Button
        disabled={!mayEdit.allowed}
        disabledReason={mayEdit.reason}
        onClick={() => navigate(`/storage-providers/${id}/edit`)}
      >
        Edit
      </Button>
      <Button disabled={!mayTest.allowed} disabledReason={mayTest.reason} loading={testing} onClick={onTest}>
        Test
      </Button>
    </SpaceBetween>
  );
}
