import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import FileUpload from '@cloudscape-design/components/file-upload';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { z } from 'zod';
import { call } from '../../api/client.ts';
import { useForm } from '../../forms/use-form.ts';
import { ImportForm } from './import-form.tsx';
import { importParts, type Lists, readList } from './import-lists.ts';
import { ProviderField } from './provider-field.tsx';
import { useImport } from './use-import.ts';
import type { WayProps } from './way-props.ts';

type Files = Readonly<Record<keyof Lists, File[]>>;
const NO_FILES: Files = { storage_providers: [], connections: [], backups: [] };

const LISTS = {
  storage_providers: { label: 'storage-providers.json', call: 'GET /api/storage-providers' },
  connections: { label: 'connections.json', call: 'GET /api/connections' },
  backups: { label: 'backups.json', call: 'GET /api/backups?limit=100&offset=0' },
} as const satisfies Record<keyof Lists, object>;
type ListName = keyof Lists;

/** Imports Jagad's lists from files that the user saved. */
export function FromFiles({ providerId, choice }: WayProps) {
  const [files, setFiles] = useState(NO_FILES);
  const [tried, setTried] = useState(false);
  const form = useForm(
    { storage_provider_id: providerId },
    (values) => values,
    z.object({ storage_provider_id: z.string() }),
  );
  const importing = useImport();
  const isEmpty = Object.values(files).every(({ length }) => length === 0);

  async function parts() {
    const { storage_provider_id } = form.values;
    const lists: Lists = {
      storage_providers: await listOf(files.storage_providers),
      connections: await listOf(files.connections),
      backups: await listOf(files.backups),
    };
    return importParts(lists, storage_provider_id === '' ? {} : { storage_provider_id }).map((body) => ({
      backups: body.backups?.length ?? 0,
      send: async (signal: AbortSignal) => (await call('POST /api/backups/import', { body, signal })).data,
    }));
  }

  return (
    <ImportForm
      importing={importing}
      choice={choice}
      onSubmit={() => {
        setTried(isEmpty);
        if (!isEmpty) void importing.run(parts);
      }}
      problem={tried && isEmpty ? 'Choose a file first.' : undefined}
      waiting="Importing"
    >
      <Container header={<Header variant="h2">Jagad's responses, as files</Header>}>
        <SpaceBetween size="l">
          <Box>
            Save Jagad's responses unchanged. Jagad lists at most 100 backups per page: save each page, with the offsets
            0, 100, 200 and so on, and choose all of the files.
          </Box>
          {(Object.keys(LISTS) as ListName[]).map((name) => (
            <ListFiles
              key={name}
              {...LISTS[name]}
              multiple={name === 'backups'}
              files={files[name]}
              onChange={(chosen) => setFiles((now) => ({ ...now, [name]: chosen }))}
            />
          ))}
          <ProviderField field={form.field('storage_provider_id')} />
        </SpaceBetween>
      </Container>
    </ImportForm>
  );
}

async function listOf(files: readonly File[]): Promise<Lists[ListName]> {
  const lists = await Promise.all(files.map(async (file) => readList(file.name, await file.text())));
  return lists.flat();
}

interface ListFilesProps {
  label: string;
  call: string;
  multiple: boolean;
  files: File[];
  onChange(files: File[]): void;
}

function ListFiles({ label, call, multiple, files, onChange }: ListFilesProps) {
  return (
    <FormField label={label} description={`Jagad's response to ${call}.`}>
      <FileUpload
        value={files}
        onChange={({ detail }) => onChange(detail.value)}
        multiple={multiple}
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
