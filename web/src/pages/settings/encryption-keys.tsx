import Alert from '@cloudscape-design/components/alert';
import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { AnswerOf } from '../../../../lib/api/routes.ts';
import { useChange, useList } from '../../api/queries.ts';
import { ConfirmModal } from '../../forms/confirm-modal.tsx';
import { ListPart } from '../../lists/list-part.tsx';
import { useNotifications } from '../../shell/notifications.tsx';
import { AddKey } from './add-key.tsx';

type Key = AnswerOf<'GET /api/encryption-keys'>[number];

export function EncryptionKeys() {
  const keys = useList('GET /api/encryption-keys');
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<Key>();

  return (
    <>
      <ListPart
        title="Encryption keys"
        description="The passphrases that Jagad encrypts backups with. A backup that names its key is decrypted with that key. For other backups, the default is tried first."
        noun="encryption keys"
        list={keys}
        actions={<Button onClick={() => setAdding(true)}>Add key</Button>}
        columns={[
          {
            id: 'id',
            header: 'ID',
            cell: ({ id, is_default }) => (
              <SpaceBetween direction="horizontal" size="xs">
                <span>{id}</span>
                {is_default && <Badge color="blue">Default</Badge>}
              </SpaceBetween>
            ),
            isRowHeader: true,
          },
          { id: 'value', header: 'Value', cell: () => 'Never shown' },
          {
            id: 'actions',
            header: 'Actions',
            cell: (key) => <KeyActions of={key} onDelete={() => setDeleting(key)} />,
          },
        ]}
        empty={
          <SpaceBetween size="xs" alignItems="center">
            <Box variant="strong" color="inherit">
              No encryption keys
            </Box>
            <Box color="inherit">
              Unencrypted backups need no key. For encrypted ones, add the passphrase from Jagad’s settings.
            </Box>
          </SpaceBetween>
        }
      />
      {adding && <AddKey onDismiss={() => setAdding(false)} />}
      {deleting !== undefined && <DeleteKey id={deleting.id} onDismiss={() => setDeleting(undefined)} />}
    </>
  );
}

function KeyActions({ of: { id, is_default }, onDelete }: { of: Key; onDelete(): void }) {
  const setDefault = useChange('POST /api/encryption-keys/{id}/set-default');
  const { tell, fail } = useNotifications();
  return (
    <SpaceBetween direction="horizontal" size="m">
      <Button
        variant="inline-link"
        ariaLabel={`Set as default: ${id}`}
        disabled={is_default}
        disabledReason="It is already the default."
        loading={setDefault.isPending}
        onClick={() =>
          setDefault.mutate(
            { id, body: {} },
            {
              onSuccess: () => tell('success', `${id} is now the default key.`),
              onError: (error) => fail('The default was not changed', error),
            },
          )
        }
      >
        Set as default
      </Button>
      <Button variant="inline-link" ariaLabel={`Delete: ${id}`} onClick={onDelete}>
        Delete
      </Button>
    </SpaceBetween>
  );
}

function DeleteKey({ id, onDismiss }: { id: string; onDismiss(): void }) {
  const { tell } = useNotifications();
  const remove = useChange('DELETE /api/encryption-keys/{id}');
  const onSuccess = () => {
    tell('success', `The encryption key ${id} was deleted.`);
    onDismiss();
  };
  return (
    <ConfirmModal
      title={`Delete the key ${id}?`}
      submitText="Delete"
      toType={id}
      busy={remove.isPending}
      error={remove.error}
      failedText="The key was not deleted"
      onConfirm={() => remove.mutate({ id }, { onSuccess })}
      onDismiss={onDismiss}
    >
      <Alert type="warning" header="Backups encrypted with it can no longer be restored">
        They cannot be verified or previewed either. Only someone with the passphrase can add the key again.
      </Alert>
    </ConfirmModal>
  );
}
