import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { type ReactNode, useState } from 'react';
import { FormModal } from './form-modal.tsx';

interface ConfirmModalProps {
  title: string;
  /** What happens then. */
  children: ReactNode;
  submitText: string;
  /** Has to be typed first, where what happens cannot be mended. */
  toType?: string;
  busy: boolean;
  error: unknown;
  failedText: string;
  onConfirm(): void;
  onDismiss(): void;
}

/** The question before something that cannot be undone. */
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
