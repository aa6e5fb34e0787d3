import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Preview } from '../../../../lib/backups/schemas.ts';
import { formatBytes } from '../../format/bytes.ts';

const NOT_KNOWN = 'Not known';

/** What a restore would write, and where. */
export function PreviewFacts({ preview }: { preview: Preview }) {
  const { target, object, server_version } = preview;
  return (
    <KeyValuePairs
      columns={3}
      minColumnWidth={200}
      items={[
        { label: 'Server', value: `${target.name} (${target.host}:${target.port})` },
        { label: 'Server version', value: server_version ?? NOT_KNOWN },
        { label: 'Backed-up version', value: object.server_version ?? NOT_KNOWN },
        { label: 'Database', value: <Database preview={preview} /> },
        {
          label: 'Object in storage',
          value: object.bytes === null ? NOT_KNOWN : `${formatBytes(object.bytes)}, ${encryptionOf(object.encrypted)}`,
        },
        { label: 'Free space on the server', value: <Room room={preview.room} /> },
        {
          label: 'Connected now',
          value: <Connected preview={preview} />,
        },
      ]}
    />
  );
}

function Database({ preview: { target, database_exists } }: { preview: Preview }) {
  return (
    <>
      {target.database}
      {database_exists === true && (
        <div>
          <StatusIndicator type="warning">Will be overwritten</StatusIndicator>
        </div>
      )}
      {database_exists === false && (
        <div>
          <StatusIndicator type="success">Will be created</StatusIndicator>
        </div>
      )}
    </>
  );
}

function Room({ room: { needed_bytes, free_bytes, free_bytes_from } }: { room: Preview['room'] }) {
  const free =
    free_bytes !== null ? formatBytes(free_bytes) : free_bytes_from === 'grows' ? 'Grows by itself' : NOT_KNOWN;
  const needed = needed_bytes === null ? '' : `; the backup needs at least ${formatBytes(needed_bytes)}`;
  const isShort = free_bytes !== null && needed_bytes !== null && needed_bytes > free_bytes;
  return isShort ? <StatusIndicator type="warning">{`${free}${needed}`}</StatusIndicator> : `${free}${needed}`;
}

function Connected({ preview: { server_version, connected } }: { preview: Preview }) {
  if (server_version === null) return NOT_KNOWN;
  if (connected.length === 0) return 'No one';
  return (
    <StatusIndicator type="warning">
      {connected.length} {connected.length === 1 ? 'session' : 'sessions'}
    </StatusIndicator>
  );
}

function encryptionOf(encrypted: boolean | null): string {
  return encrypted === null ? 'encryption unknown' : encrypted ? 'encrypted' : 'not encrypted';
}
