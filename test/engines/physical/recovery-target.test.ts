import { expect, it } from 'vitest';
import { z } from 'zod';
import { recoveryTargetFields } from '../../../lib/engines/physical/recovery-target.ts';

const request = z.object(recoveryTargetFields);
const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

it.each([
  { transaction_id: '742' },
  { transaction_id: '18446744073709551615' },
  { restore_point: 'x'.repeat(63) },
  { restore_point: 'before the Müllers’ import' },
  { gtid: '0-1-100' },
  { gtid: '0-1-100,1-4294967295-9007199254740991' },
  { gtid: `${UUID}:1-5` },
  { gtid: `${UUID.toUpperCase()}:1-5:7,${UUID}:9` },
])('takes %j', (fields) => {
  expect(request.safeParse(fields).error).toBeUndefined();
});

it.each([
  [{ transaction_id: '0742' }, 'must be a transaction id: digits'],
  [{ transaction_id: 'x' }, 'must be a transaction id: digits'],
  [{ transaction_id: '18446744073709551616' }, '64 bits at most'],
  [{ restore_point: 'ü'.repeat(32) }, 'at most 63 bytes'],
  [{ restore_point: 'a\nb' }, 'control characters'],
  [{ gtid: '0-1' }, 'must be a GTID'],
  [{ gtid: '0-1-100,' }, 'must be a GTID'],
  [{ gtid: `${UUID}:` }, 'must be a GTID'],
  [{ gtid: `${UUID}:1--5` }, 'must be a GTID'],
  [{ gtid: `${UUID}:1,0-1-100` }, 'must be a GTID'],
  [{ gtid: '0-1-9007199254740992' }, 'numbers up to 9007199254740991'],
])('refuses %j', (fields, message) => {
  const { error } = request.safeParse(fields);
  expect(error?.issues.map((issue) => issue.message).join()).toContain(message);
});
