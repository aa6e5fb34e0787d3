/** Example bodies and responses for the documentation. A test checks them against their schemas. */

const id = '7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b01';
const incrementId = '7c0b3c1e-5b7c-4a57-9d2e-2f6f3d1a9b11';
const connectionId = '0f6a1f5e-1c1b-4a6e-8f0e-000000000001';
const standbyId = '0f6a1f5e-1c1b-4a6e-8f0e-000000000002';
const restoreId = '4f1c2a77-90de-4c1b-8a55-6b8d0c2f7e01';
const providerId = '9a9a9a9a-0000-4000-8000-000000000001';
const path = `backups/Production PG/shop/${id}-20261122-020000.sql.gz`;

export interface Example {
  body?: unknown;
  answer?: unknown;
}

export const EXAMPLES: Partial<Record<string, Example>> = {
  'POST /api/auth/login': {
    body: { username: 'admin', password: 'correct horse battery staple' },
    answer: { token: 'nD3…', user: 'admin', role: 'admin', expires: '2026-11-23T02:00:00.000Z' },
  },
  'PUT /api/auth/password': {
    body: { current_password: 'correct horse battery staple', new_password: 'a longer one than before' },
  },
  'POST /api/users': { body: { username: 'night.shift', password: 'a long one, hard to guess', role: 'operator' } },
  'PUT /api/users/{id}': { body: { role: 'viewer' } },
  'POST /api/backups': {
    body: { connection_id: connectionId, database_name: 'shop', storage_path: path, storage_provider_id: providerId },
  },
  'PUT /api/backups/{id}': { body: { connection_id: connectionId } },
  'POST /api/backups/import': { body: { storage_provider_id: providerId, connections: [], backups: [] } },
  'POST /api/backups/import-from-jagad': {
    body: { url: 'https://jagad.example.org', username: 'admin', password: 'correct horse battery staple' },
  },
  'GET /api/backups/{id}/recovery-window': {
    answer: {
      backup_id: incrementId,
      engine: 'pgbackrest',
      chain: [
        {
          backup_id: id,
          label: '20261122-010000F',
          backup_type: 'full',
          completed_at: '2026-11-22T01:04:10.000Z',
          from_lsn: '0/2000028',
          to_lsn: '0/2000100',
          object_bytes: 405_313_000,
          size_bytes: 3_046_418_400,
        },
        {
          backup_id: incrementId,
          label: '20261122-010000F_20261122-020000I',
          backup_type: 'incremental',
          completed_at: '2026-11-22T02:00:12.000Z',
          from_lsn: '0/4000028',
          to_lsn: '0/4000100',
          object_bytes: 16_726_300,
          size_bytes: 3_050_514_300,
        },
      ],
      complete: true,
      missing: [],
      unread: [],
      notes: [],
      earliest: '2026-11-22T02:00:12.000Z',
      latest: '2026-11-22T09:41:03.000Z',
      latest_is_estimate: true,
      latest_is_open: false,
      targets: ['backup', 'time', 'transaction', 'name'],
      disk_bytes: 9_468_717_968,
      log_bytes: 98_113_004,
      timeline: null,
      timelines: [
        {
          timeline: 1,
          parent: null,
          fork_lsn: null,
          fork_reason: null,
          promoted_at: null,
          latest: '2026-11-22T09:41:03.000Z',
          latest_is_open: false,
          last_segment: '000000010000000000000009',
          goes_on: true,
          problem: null,
          notes: [],
          disk_bytes: 9_468_717_968,
          log_bytes: 98_113_004,
        },
        {
          timeline: 2,
          parent: 1,
          fork_lsn: '0/8000158',
          fork_reason: 'no recovery target specified',
          promoted_at: '2026-11-22T08:30:47.000Z',
          latest: '2026-11-22T09:12:55.000Z',
          latest_is_open: false,
          last_segment: '000000020000000000000009',
          goes_on: true,
          problem: null,
          notes: [],
          disk_bytes: 9_468_717_968,
          log_bytes: 97_480_216,
        },
      ],
    },
  },
  'POST /api/backups/{id}/verify': { body: {}, answer: { status: 'verifying', backup_id: id } },
  'POST /api/backups/{id}/restore': {
    body: { target_connection: connectionId, target_database: 'shop_copy', verify: 'recent' },
  },
  'POST /api/backups/{id}/restore/preview': { body: { target_connection: connectionId } },
  'GET /api/restores/{id}': {
    answer: {
      id: restoreId,
      backup_id: id,
      target_connection: connectionId,
      target_database: 'shop_copy',
      status: 'failed',
      trigger: 'api',
      warnings: [],
      error: {
        code: 'RESTORE_ERROR',
        message:
          "RESTORE ERROR: ERROR 1062 (23000) at line 812: Duplicate entry '7' for key 'PRIMARY' (table `orders`)",
        hint: 'Keep others from writing to the database while it is restored, or find the row that the source has twice. The target is incomplete: restore into it again, or into another database.',
      },
      progress: { stage: 'restoring', bytes_done: 403_705, bytes_total: 812_004 },
      target_state: 'incomplete',
      tables: {
        complete: { count: 2, names: ['articles', 'customers'] },
        incomplete: { count: 1, names: ['orders'] },
        untouched: { count: 1, names: ['visits'] },
      },
      duration_ms: 41_210,
      log_output: 'RESTORE ERROR: ERROR 1062 (23000) at line 812: …',
      execution_arn: null,
      verified: { etag: '"5d41402abc4b2a76b9719d911017c592"', sha256: null },
      task: null,
      recovery: null,
      cancelled_by: null,
      task_stopped_at: '2026-11-22T03:00:43.000Z',
      claimed_by: null,
      worker_seen_at: '2026-11-22T03:00:41.000Z',
      stop_asked_at: null,
      started_at: '2026-11-22T03:00:01.000Z',
      completed_at: '2026-11-22T03:00:42.210Z',
      created_at: '2026-11-22T03:00:01.000Z',
    },
  },
  'POST /api/recovery-plans': {
    body: {
      name: 'Shop to the standby region',
      on_failure: 'stop',
      triggers: [
        { kind: 'alarm', alarms: ['shop-primary-unreachable'], state: 'ALARM' },
        { kind: 'event', pattern: { source: ['com.example.monitor'], detail: { region: ['eu-west-1'] } } },
      ],
      groups: [
        [
          {
            connection_id: connectionId,
            database: 'shop',
            pick: { kind: 'newest_verified' },
            target_connection: standbyId,
          },
        ],
      ],
    },
  },
  'PUT /api/recovery-plans/{id}': { body: { enabled: false } },
  'POST /api/connections': {
    body: {
      name: 'Production PG',
      db_type: 'postgresql',
      host: 'db.example.org',
      port: 5432,
      username: 'restorer',
      password: 'secret',
      ssl_mode: 'verify-full',
    },
  },
  'POST /api/connections/test': {
    body: {
      id: connectionId,
      name: 'Production PG',
      db_type: 'postgresql',
      host: 'db.example.org',
      port: 5432,
      username: 'restorer',
      ssl_mode: 'verify-full',
    },
  },
  'PUT /api/connections/{id}': { body: { host: 'standby.example.org' } },
  'POST /api/storage-providers': {
    body: {
      name: 'Backups',
      provider_type: 'minio',
      endpoint: 'https://minio.example.org:9000',
      bucket: 'backups',
      access_key: 'restorer',
      secret_key: 'secret',
      path_style: true,
    },
  },
  'POST /api/storage-providers/test': {
    body: {
      id: providerId,
      name: 'Backups',
      provider_type: 'minio',
      endpoint: 'https://minio.example.org:9000',
      bucket: 'backups-2026',
      access_key: 'restorer',
      path_style: true,
    },
  },
  'PUT /api/storage-providers/{id}': { body: { bucket: 'backups-2026' } },
  'POST /api/encryption-keys': {
    body: { id: 'jagad-2026', value: 'the passphrase in Jagad’s settings', is_default: true },
  },
  'PUT /api/settings': {
    body: { verify_new_backups: false },
    answer: { verify_new_backups: false, analyze_after_restore: true },
  },
};
