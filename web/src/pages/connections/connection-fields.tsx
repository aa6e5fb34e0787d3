import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Connection } from '../../../../lib/connections/model.ts';
import { ENGINES, hasField, titleOf } from '../../../../lib/databases/engines.ts';
import { DB_TYPES, type DbType, SSL_MODES, type SslMode } from '../../../../lib/databases/names.ts';
import { CheckField, type Choice, LongTextField, RadioField, SelectField, TextField } from '../../forms/fields.tsx';
import type { Form } from '../../forms/use-form.ts';
import {
  type ConnectionDraft,
  type ConnectionValues,
  keepsPassword,
  needsArnAgain,
  needsPasswordAgain,
  withDbType,
} from './connection-form.ts';

/** What each TLS mode does, in words. */
const SSL_MODE_WORDS: Record<SslMode, string> = {
  disable: 'Never encrypted. Anyone on the network path can read the data and the login.',
  allow: 'Not encrypted, unless the server requires it.',
  prefer: 'Encrypted if the server supports it, otherwise not. Accepts any certificate.',
  require: 'Always encrypted. Accepts any certificate, so an attacker on the network path could pose as the server.',
  'verify-ca': 'Always encrypted, and the certificate must come from a trusted authority.',
  'verify-full': 'Always encrypted, and the certificate must also name this host. The safest mode.',
};

interface ConnectionFieldsProps {
  form: Form<ConnectionValues, ConnectionDraft>;
  stored?: Connection | undefined;
}

export function ConnectionFields({ form, stored }: ConnectionFieldsProps) {
  const { values } = form;
  const dbType = form.field('db_type');
  const isKept = keepsPassword(values, stored);
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Server</Header>}>
        <SpaceBetween size="l">
          <TextField
            label="Name"
            description="Its name in Jagad: scans use it to match backups to servers."
            field={form.field('name')}
          />
          <SelectField
            label="Engine"
            field={{ ...dbType, set: (value: DbType) => form.patch(withDbType(values, value)) }}
            choices={DB_TYPES.map((value) => ({ value, label: titleOf(value) }))}
            disabled={stored !== undefined}
            {...(stored === undefined ? {} : { constraintText: 'The engine cannot be changed later.' })}
          />
          <TextField label="Host" field={form.field('host')} constraintText="A host name or an IP address." />
          <TextField label="Port" field={form.field('port')} inputMode="numeric" />
          <TextField
            label="Free space on its disk, in GiB"
            optional
            description="A preview warns if a backup needs more. RDS measures it by itself; other databases don't tell."
            field={form.field('free_bytes')}
            inputMode="decimal"
          />
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Login</Header>}>
        <SpaceBetween size="l">
          <TextField label="User name" field={form.field('username')} />
          <RadioField
            label="Password"
            field={form.field('login')}
            choices={[
              {
                value: 'password',
                label: 'Typed here',
                description: 'Stored in Secrets Manager, and never shown again.',
              },
              {
                value: 'secret_arn',
                label: 'From a secret of yours',
                description: 'For example, the one that RDS manages. It is read at each use, because it may rotate.',
              },
            ]}
          />
          {values.login === 'password' ? (
            <TextField
              label={isKept ? 'New password' : 'Password'}
              type="password"
              field={form.field('password')}
              {...(isKept ? { constraintText: 'Leave empty to keep the stored password.' } : {})}
              {...(needsPasswordAgain(values, stored)
                ? {
                    warningText:
                      'Type the password again: the stored one is only for the server, user and TLS mode it was given for.',
                  }
                : {})}
            />
          ) : (
            <>
              <TextField
                label="ARN of the secret"
                field={form.field('secret_arn')}
                constraintText={'Its text must be JSON with a field "password".'}
              />
              {needsArnAgain(values, stored) && (
                <CheckField
                  label="Use this secret with the changed settings"
                  description="Its password will be sent to the server above, as this user, with this TLS mode."
                  field={form.field('same_secret')}
                />
              )}
            </>
          )}
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Encryption</Header>}>
        <SpaceBetween size="l">
          <RadioField label="TLS mode" field={form.field('ssl_mode')} choices={sslModeChoices(values.db_type)} />
          <LongTextField
            label="Trusted certificates"
            optional
            description="For verify-ca and verify-full. If empty, the public authorities and those of RDS are trusted."
            constraintText="In PEM, beginning with -----BEGIN CERTIFICATE-----."
            field={form.field('ca_bundle')}
          />
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Physical backups</Header>}>
        {hasField(values.db_type, 'cipher_pass') && <CipherPassFields form={form} isStored={stored !== undefined} />}
        {hasField(values.db_type, 'binlog_prefix') && (
          <TextField
            label="Prefix of its binary logs"
            optional
            description="The prefix in the bucket of its backups under which its binary logs are archived, under their names on the server. With them, you can restore a backup to any later point in time."
            constraintText="For example, binlogs/production."
            field={form.field('binlog_prefix')}
          />
        )}
      </Container>
      <Container header={<Header variant="h2">Encryption of backups</Header>}>
        <CheckField
          label="Accept only encrypted backups"
          description="Unencrypted backups of this server will then fail verification and cannot be restored. Jagad encrypts dumps if it has a key, but never Mariabackup or XtraBackup archives."
          field={form.field('encrypted_only')}
        />
      </Container>
      {hasField(values.db_type, 'trusted') && (
        <Container header={<Header variant="h2">Rights of a dump</Header>}>
          <CheckField
            label="Trust the dumps that are restored to this server"
            description="A dump can contain functions that run while it is loaded. If the user above is a superuser, a role without superuser rights loads the dump. Trust dumps only if they need more rights: anyone who can write to the bucket can then run commands on this server. Restores that events start never use this."
            field={form.field('trusted')}
          />
        </Container>
      )}
      <Container header={<Header variant="h2">Restores by events</Header>}>
        <CheckField
          label="Allow events to restore to this server"
          description="Anyone who can put events on the service's bus can then overwrite databases on this server."
          field={form.field('event_restore_allowed')}
        />
      </Container>
    </SpaceBetween>
  );
}

function CipherPassFields({ form, isStored }: { form: ConnectionFieldsProps['form']; isStored: boolean }) {
  return (
    <SpaceBetween size="l">
      {!form.values.without_cipher_pass && (
        <TextField
          label={isStored ? 'New passphrase of its pgBackRest repository' : 'Passphrase of its pgBackRest repository'}
          optional
          type="password"
          description="pgBackRest calls it repo1-cipher-pass. Only encrypted repositories have one."
          field={form.field('cipher_pass')}
          constraintText={
            isStored
              ? 'Leave empty to keep the stored passphrase.'
              : 'Stored in Secrets Manager, and never shown again.'
          }
        />
      )}
      {isStored && (
        <CheckField
          label="The repository is not encrypted"
          description="Removes the stored passphrase, if there is one."
          field={form.field('without_cipher_pass')}
        />
      )}
    </SpaceBetween>
  );
}

function sslModeChoices(dbType: DbType): Choice<SslMode>[] {
  return SSL_MODES.map((value) => ({
    value,
    label: value,
    description: ENGINES[dbType].sslModeNotes[value] ?? SSL_MODE_WORDS[value],
  }));
}
