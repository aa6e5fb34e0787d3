import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { type ReactNode, useState } from 'react';
import { FormModal } from './form-modal.tsx';

interface ConfirmModalProps {
  title: string;
  /** What happens after the confirmation. */
  children: ReactNode;
  submitText: string;
  /** The text to type first, if the action can't be undone. */
  toType?: string;
  busy: boolean;
  error: unknown;
  failedText: string;
  onConfirm(): void;
  onDismiss(): void;
}

/** Asks before an action that can't be undone. */
export function ConfirmModal({ children, toType, onConfirm, ...modal }: ConfirmModalProps) {
  const [typed, setTyped] = useState('');
  const isTyped = toType === undefined || typed === toType;
  return (
    <FormModal {...modal} onSubmit={onConfirm} disabledReason={isTyped ? undefined : `Type ${toType} first.`}>
      <div>{children}</div>
      {toType !== undefined && (
        <FormField label={`To confirm, type ${toType}`}>
          <Input
            value={typed}
            onChange={({ detail }) => setTyped(detail.value)}
            autoComplete="off"
            spellcheck={false}
            autoFocus
          />
        </FormField>
      )}
    </FormModal>
  );
}
