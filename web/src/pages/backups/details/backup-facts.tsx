import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs, { type KeyValuePairsProps } from '@cloudscape-design/components/key-value-pairs';
import type { ReactNode } from 'react';
import { titleOf } from '../../../../../lib/databases/engines.ts';
import { isInRepository } from '../../../../../lib/databases/physical-tools.ts';
import { useProviderNames } from '../../../api/names.ts';
import { Copyable } from '../../../components/copyable.tsx';
import { PageLink } from '../../../components/page-link.tsx';
import { BACKUP_STATUS, Status, WOULD_RESTORE } from '../../../components/status.tsx';
import { Time } from '../../../components/times.tsx';
import { formatBytes } from '../../../format/bytes.ts';
import { SERVER_SOURCE } from '../own-server.ts';
import { type Backup, PROVEN, typeText } from '../restorable.ts';
import { VerificationState } from '../verification-state.tsx';

type Pair = KeyValuePairsProps.Pair;
const NOT_KNOWN = 'Not known';

/**
 * Every field of a backup.
 * @param connectionName its connection's name, once that is loaded.
 */
export function BackupFacts({ backup, connectionName }: { backup: Backup; connectionName: string | undefined }) {
  const providers = useProviderNames();
  return (
    <Container header={<Header variant="h2">Details</Header>}>
      <KeyValuePairs
        columns={3}
        minColumnWidth={240}
        items={[
          { type: 'group', title: 'Backup', items: ofBackup(backup, connectionName) },
          { type: 'group', title: 'Object in storage', items: ofObject(backup, providers.nameOf) },
          ...groups(backup),
        ]}
      />
    </Container>
  );
}

function groups(backup: Backup): KeyValuePairsProps.Group[] {
  const verification = { type: 'group', title: 'Verification', items: ofVerification(backup) } as const;
  const physical = { type: 'group', title: 'Physical backup', items: ofPhysical(backup) } as const;
  if (backup.engine === null) return [verification];
  return isInRepository(backup.engine) ? [physical] : [verification, physical];
}

function ofBackup(backup: Backup, connectionName: string | undefined): Pair[] {
  const { connection_id, connection_source } = backup;
  return [
    { label: 'Status', value: <Status look={BACKUP_STATUS[backup.status]} /> },
    { label: backup.stanza === backup.database_name ? 'Stanza' : 'Database', value: backup.database_name },
    {
      label: 'Server',
      value: <PageLink href={`/connections/${connection_id}`}>{connectionName ?? connection_id}</PageLink>,
    },
    { label: 'Server known from', value: SERVER_SOURCE[connection_source] },
    { label: 'Engine', value: titleOf(backup.db_type) },
    { label: 'Type', value: typeText(backup) },
    { label: 'Started', value: <Time iso={backup.started_at} /> },
    { label: 'Completed', value: <Time iso={backup.completed_at} /> },
    { label: 'Listed here since', value: <Time iso={backup.created_at} /> },
    { label: 'ID', value: <Copyable text={backup.id} what="the ID" /> },
  ];
}

function ofObject(backup: Backup, nameOf: (id: string | null) => string): Pair[] {
  const { storage_provider_id } = backup;
  return [
    {
      label: 'Storage provider',
      value: storage_provider_id === null ? 'The default one' : nameOf(storage_provider_id),
    },
    { label: 'Path', value: <Copyable text={backup.storage_path} what="the path" /> },
    { label: 'Size in storage', value: sizeOf(backup.object_bytes) },
    { label: backup.engine === null ? 'Size of the dump' : 'Size of the server', value: sizeOf(backup.size_bytes) },
    { label: 'Encryption', value: encryptionOf(backup) },
    { label: 'Encryption key', value: backup.encryption_key_id ?? '–' },
  ];
}

function ofVerification(backup: Backup): Pair[] {
  const { verified_etag } = backup;
  return [
    { label: 'State', value: <VerificationState backup={backup} /> },
    { label: 'Would restore', value: wouldRestore(backup) },
    { label: 'Last passed', value: backup.verified_at === null ? 'Never' : <Time iso={backup.verified_at} /> },
    {
      label: 'Checksum (SHA-256)',
      value: checksumOf(backup),
    },
    {
      label: 'Verified version (ETag)',
      value: verified_etag === null ? '–' : <Copyable text={verified_etag} what="the version" />,
    },
  ];
}

function wouldRestore({ would_restore, standing_check }: Backup): ReactNode {
  if (would_restore === null || standing_check === null) return 'Not checked';
  return (
    <>
      <Status look={WOULD_RESTORE[would_restore]} /> (<Time iso={standing_check.at} />)
    </>
  );
}

function ofPhysical(backup: Backup): Pair[] {
  const { engine, label, parent_id, from_lsn, to_lsn, server_version } = backup;
  return [
    { label: 'Label', value: label === null ? '–' : <Copyable text={label} what="the label" /> },
    {
      label: 'Builds on',
      value: parent_id === null ? '–' : <PageLink href={`/backups/${parent_id}`}>{parent_id}</PageLink>,
    },
    { label: 'Log positions', value: `${from_lsn ?? 'unknown'} to ${to_lsn ?? 'unknown'}` },
    { label: 'Server version', value: server_version ?? NOT_KNOWN },
    ...(isInRepository(engine) ? [{ label: 'Verification', value: PROVEN }] : []),
  ];
}

function checksumOf({ checksum, status }: Backup): ReactNode {
  if (checksum !== null) return <Copyable text={checksum} what="the checksum" />;
  return status === 'success' ? 'None yet: the first verification stores it' : '–';
}

/** Jagad doesn't say whether it encrypted the backup; a verification finds out. */
function encryptionOf({ engine, encryption_algo, verified_etag }: Backup): string {
  if (isInRepository(engine)) return NOT_KNOWN;
  return encryption_algo ?? (verified_etag === null ? 'Unknown until it is verified' : 'None');
}

function sizeOf(bytes: number | null): string {
  return bytes === null ? NOT_KNOWN : formatBytes(bytes);
}
