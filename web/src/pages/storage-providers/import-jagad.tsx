import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import FileUpload from '@cloudscape-design/components/file-upload';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import LiveRegion from '@cloudscape-design/components/live-region';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import type { StorageProvider } from '../../../../lib/domain/records.ts';
import { FormPage } from '../../forms/form-page.tsx';
import { ImportResult } from './import-result.tsx';
import { ProviderOfPage } from './provider-of-page.tsx';
import { useImport } from './use-import.ts';

export default function ImportJagad() {
  return <ProviderOfPage title="Import from Jagad">{(provider) => <Import provider={provider} />}</ProviderOfPage>;
}

function Import({ provider: { id, name } }: { provider: StorageProvider }) {
  const [connections, setConnections] = useState<File[]>([]);
  const [backups, setBackups] = useState<File[]>([]);
  const [tried, setTried] = useState(false);
  const { part, answer, error, run } = useImport(id);
  const isEmpty = connections.length === 0 && backups.length === 0;

  return (
    <FormPage
      title="Import from Jagad"
      description={`Takes over Jagad's own list of connections, and of backups that lie in ${name}.`}
      submitText="Import"
      busy={part !== undefined}
      onSubmit={() => {
        setTried(true);
        if (!isEmpty) void run(connections[0], backups[0]);
      }}
      backHref={`/storage-providers/${id}`}
      problem={tried && isEmpty ? 'Choose a file first.' : undefined}
      error={error}
      failedText="The import did not end"
    >
      <Container header={<Header variant="h2">Jagad's answers, as files</Header>}>
        <SpaceBetween size="l">
          <Box>
            Save what Jagad answers, as it is. Records that are here already stay, and get what they lack: an import may
            be repeated. Passwords are not in Jagad's answers: give them to each connection afterwards.
          </Box>
          <ListFile
            label="connections.json"
            call="GET /api/connections"
            files={connections}
            onChange={setConnections}
          />
          <ListFile label="backups.json" call="GET /api/backups" files={backups} onChange={setBackups} />
        </SpaceBetween>
      </Container>
      <LiveRegion>
        {part !== undefined && (
          <StatusIndicator type="loading">
            Importing{part.of > 1 ? `, part ${part.number} of ${part.of}` : ''}
          </StatusIndicator>
        )}
      </LiveRegion>
      {answer !== undefined && <ImportResult answer={answer} />}
    </FormPage>
  );
}

interface ListFileProps {
  label: string;
  call: string;
  files: File[];
  onChange(files: File[]): void;
}

function ListFile({ label, call, files, onChange }: ListFileProps) {
  return (
    <FormField label={label} description={`What Jagad answers to ${call}.`}>
      <FileUpload
        value={files}
        onChange={({ detail }) => onChange(detail.value)}
        accept=".json,application/json"
        showFileSize
        i18nStrings={{
          uploadButtonText: () => `Choose ${label}`,
          dropzoneText: () => `Drop ${label} here`,
          removeFileAriaLabel: (_, fileName) => `Remove ${fileName}`,
          errorIconAriaLabel: 'Error',
        }}
      />
    </FormField>
  );
}
