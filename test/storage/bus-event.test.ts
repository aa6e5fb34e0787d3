/** The payloads of events, and that docs/events.md shows them as they are. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VERIFICATION_STATUS_CHANGE, verificationStatusChange } from '../../lib/backups/verify/events.ts';
import { PLAN_RUN_STATUS_CHANGE } from '../../lib/plans/plan-run.ts';
import {
  REQUEST_SOURCE,
  RESTORE_STATUS_CHANGE,
  restoreRequest,
  restoreStatusChange,
} from '../../lib/restores/events.ts';
import { STANDING_CHECK_CHANGE, standingCheckChange } from '../../lib/restores/standing-check/events.ts';
import { OWN_SOURCE } from '../../lib/storage/bus-event.ts';
import { aBackup, aRestore } from '../support/records.ts';

const docs = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');

describe('docs/events.md', () => {
  const examples = [...docs.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text]) => JSON.parse(String(text)) as object);
  const puts = [...docs.matchAll(/--entries '([\s\S]*?)'\n/g)].flatMap(([, text]) => JSON.parse(String(text)));

  it('shows the fields of the events', () => {
    const restore = restoreStatusChange(aRestore(), aBackup());
    const verification = verificationStatusChange(aBackup());
    const check = standingCheckChange(aBackup(), null);
    expect(examples.map((example) => Object.keys(example))).toEqual(
      [restore, verification, check].map(({ detail }) => Object.keys(detail)),
    );
    for (const type of [
      RESTORE_STATUS_CHANGE,
      VERIFICATION_STATUS_CHANGE,
      STANDING_CHECK_CHANGE,
      PLAN_RUN_STATUS_CHANGE,
    ])
      expect(docs).toContain(`**\`${type}\`**`);
  });

  it('shows a valid request for a restore', () => {
    const [request, other] = puts;
    expect(request).toMatchObject({ Source: REQUEST_SOURCE, DetailType: 'Restore Requested' });
    expect(restoreRequest.safeParse(JSON.parse(request.Detail)).success).toBe(true);
    expect([OWN_SOURCE, REQUEST_SOURCE]).not.toContain(other.Source);
  });
});

describe('the event of a restore', () => {
  const error = { code: 'X', message: 'm'.repeat(2000), hint: 'h' };

  it('has no error before the end, and shortens a long error', () => {
    expect(restoreStatusChange(aRestore({ error }), null).detail.error).toBeNull();
    const { detail } = restoreStatusChange(aRestore({ error, status: 'failed' }), null);
    expect(detail.error).toEqual({ ...error, message: 'm'.repeat(1000) });
  });

  it('names the target that was written to', () => {
    const backup = aBackup();
    const [connection, database] = [aBackup().connection_id, 'other'];
    expect(restoreStatusChange(aRestore(), backup).detail.target).toEqual({
      ...{ connection_id: backup.connection_id, database: 'shop' },
    });
    const restore = aRestore({ target_connection: connection, target_database: database });
    expect(restoreStatusChange(restore, null).detail.target).toEqual({ connection_id: connection, database });
  });
});
