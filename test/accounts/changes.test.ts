import { describe, expect, it } from 'vitest';
import { changesBetween, secretChange } from '../../lib/accounts/changes.ts';

describe('the list of changes', () => {
  it('has each field that differs, with its old and new value', () => {
    const before = { id: 'x', host: 'a', port: 5432, ca_bundle: null, events: false, updated_at: '1' };
    expect(changesBetween(before, { ...before })).toEqual([]);
    const after = { ...before, host: 'b', port: 5433, ca_bundle: 'PEM', events: true, updated_at: '2' };
    expect(changesBetween(before, after)).toEqual([
      { field: 'host', from: 'a', to: 'b' },
      { field: 'port', from: '5432', to: '5433' },
      { field: 'ca_bundle', from: null, to: 'PEM' },
      { field: 'events', from: 'false', to: 'true' },
    ]);
  });

  it('has every field of a record that is new or removed', () => {
    const record = { id: 'x', name: 'n', secret_arn: null, created_at: '1' };
    expect(changesBetween(undefined, record)).toEqual([
      { field: 'id', from: null, to: 'x' },
      { field: 'name', from: null, to: 'n' },
    ]);
    expect(changesBetween(record, undefined)).toEqual([
      { field: 'id', from: 'x', to: null },
      { field: 'name', from: 'n', to: null },
    ]);
  });

  it('names fields inside lists and objects by their path', () => {
    const entry = { database: 'shop', pick: { kind: 'newest' } };
    const before = { groups: [[entry, entry]] };
    const after = { groups: [[entry, { ...entry, pick: { kind: 'named', id: 'b' } }], [entry]] };
    expect(changesBetween(before, after)).toEqual([
      { field: 'groups.0.1.pick.kind', from: 'newest', to: 'named' },
      { field: 'groups.0.1.pick.id', from: null, to: 'b' },
      { field: 'groups.1', from: null, to: JSON.stringify([entry]) },
    ]);
  });

  it('never contains a secret', () => {
    expect(changesBetween({ password_hash: 'a' }, { password_hash: 'b' })).toEqual([]);
    expect(secretChange('password')).toEqual({ field: 'password', from: null, to: 'changed' });
    expect(secretChange('cipher_pass', 'removed')).toEqual({ field: 'cipher_pass', from: null, to: 'removed' });
  });

  it('is short, and distinguishes long texts', () => {
    const [change] = changesBetween({ ca: `${'x'.repeat(40_000)}1` }, { ca: `${'x'.repeat(40_000)}2` });
    expect(change?.from).toMatch(/^x{250}…x{149}1 \(40001 characters\)$/);
    expect(change?.from).not.toBe(change?.to);
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`f${index}`, index]));
    const changes = changesBetween(undefined, many);
    expect(changes).toHaveLength(61);
    expect(changes.at(-1)).toEqual({ field: '140 more fields', from: null, to: null });
  });
});
