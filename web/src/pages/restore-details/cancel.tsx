import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Restore } from '../../../../lib/restores/model.ts';
import { useChange } from '../../api/queries.ts';
import { ErrorAlert } from '../../components/error-alert.tsx';
import { leftByCancel } from '../../restores/stages.ts';
import { useMay } from '../../session/use-may.ts';

interface CancelProps {
  restore: Restore;
  /** The target, in words. */
  target: string;
  /** The restores of the request, which one task runs, as far as they have been loaded. */
  group: readonly Restore[];
}

/** Stops a running restore, after telling the user what that leaves behind. */
export function Cancel({ restore, target, group }: CancelProps) {
  const [asking, setAsking] = useState(false);
  const may = useMay('POST /api/restores/{id}/cancel');
  const cancel = useChange('POST /api/restores/{id}/cancel');
  const { id, cancelled_by, recovery } = restore;
  const reason =
    may.reason ??
    (cancelled_by === null ? undefined : `${cancelled_by} has cancelled this restore: wait until it has stopped.`);
  const count = (recovery?.restore_ids.length ?? 1) - 1;
  const names = group.flatMap((one) => (one.id === id ? [] : (one.target_database ?? [])));
  const close = () => {
    setAsking(false);
    cancel.reset();
  };
  const stop = () => cancel.mutate({ id, body: {} }, { onSuccess: () => setAsking(false) });

  return (
    <>
      <Button
        disabled={reason !== undefined}
        {...(reason === undefined ? {} : { disabledReason: reason })}
        onClick={() => setAsking(true)}
      >
        Cancel restore
      </Button>
      <Modal
        visible={asking}
        onDismiss={close}
        header="Cancel this restore?"
        closeAriaLabel="Close"
        footer={
          <Box float="right">
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" onClick={close}>
                Let it run
              </Button>
              <Button variant="primary" loading={cancel.isPending} onClick={stop}>
                Cancel restore
              </Button>
            </SpaceBetween>
          </Box>
        }
      >
        <SpaceBetween size="m">
          <Box>
            This stops the restore into <strong>{target}</strong>. {leftByCancel(restore)} The status changes to
            cancelled when the task has stopped, which may take a minute.
          </Box>
          {count > 0 && (
            <Alert type="warning" header="This stops all restores of the request">
              One task runs them all, so {count === 1 ? 'another one stops' : `${count} others stop`} with it
              {names.length > 0 && `: ${names.join(', ')}`}.
            </Alert>
          )}
          {cancel.error !== null && <ErrorAlert error={cancel.error} what="The restore was not cancelled" />}
        </SpaceBetween>
      </Modal>
    </>
  );
}
