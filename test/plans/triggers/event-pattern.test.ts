import { describe, expect, it } from 'vitest';
import { admitsSource, matchesPattern, patternProblems } from '../../../lib/plans/triggers/event-pattern.ts';

describe('an event fits a pattern', () => {
  const event = {
    source: 'a',
    resources: ['arn:one', 'arn:two'],
    detail: {
      ...{ status: 'FAILED', count: 3, none: null, on: true, object: { key: 'backups/x/y' } },
      parts: [{ name: 'first' }, { name: 'second', size: 2 }],
    },
  };

  it.each([
    { source: ['a'] },
    { source: ['b', 'a'] },
    { detail: {} },
    { detail: { status: ['ABORTED', 'FAILED'], count: [3] } },
    { detail: { none: [null], on: [true] } },
    { detail: { object: { key: [{ prefix: 'backups/' }] } } },
    { detail: { object: { key: [{ prefix: 'other/' }, 'backups/x/y'] } } },
    { detail: { object: { key: [{ prefix: '' }] } } },
    { resources: ['arn:two'] },
    { resources: [{ prefix: 'arn:o' }] },
    { detail: { parts: { name: ['second'] } } },
    { detail: { parts: { size: [{ exists: true }] } } },
    { source: [{ 'anything-but': 'b' }] },
    { source: [{ 'anything-but': ['b', 'c'] }] },
    { source: [{ 'anything-but': { prefix: 'b' } }] },
    { detail: { count: [{ 'anything-but': [4, '3'] }] } },
    { detail: { missing: [{ exists: false }], status: [{ exists: true }] } },
    { missing: { deep: [{ exists: false }] } },
    // as on EventBridge, an object isn't a value
    { detail: { object: [{ exists: false }] } },
    { detail: { none: [{ exists: true }] } },
  ])('%j', (pattern) => expect(matchesPattern(pattern, event)).toBe(true));

  it.each([
    { source: ['b'] },
    { source: ['A'] },
    { source: [] },
    { source: ['a'], detail: { status: ['SUCCEEDED'] } },
    { missing: ['a'] },
    { missing: [null] },
    { missing: { deep: ['a'] } },
    { source: { deep: ['a'] } },
    { detail: { status: ['FAILED'], count: [4] } },
    { detail: { count: ['3'] } },
    { detail: { on: ['true'] } },
    { detail: ['FAILED'] },
    { detail: { none: { deep: [null] } } },
    { detail: { object: { key: [{ prefix: 'ackups/' }] } } },
    { detail: { count: [{ prefix: '3' }] } },
    { detail: { parts: { name: ['third'] } } },
    { source: [{ 'anything-but': 'a' }] },
    { source: [{ 'anything-but': ['b', 'a'] }] },
    { source: [{ 'anything-but': { prefix: 'a' } }] },
    { missing: [{ 'anything-but': 'a' }] },
    { detail: { status: [{ exists: false }] } },
    { detail: { missing: [{ exists: true }] } },
  ])('does not fit %j', (pattern) => expect(matchesPattern(pattern, event)).toBe(false));

  it('does not fit by a property that every object has', () => {
    expect(matchesPattern(JSON.parse('{"toString":[{"exists":true}]}'), event)).toBe(false);
  });

  it('an unknown matcher is an error, and not ignored', () => {
    expect(() => matchesPattern({ source: [{ suffix: 'a' }] }, event)).toThrow('{"suffix":"a"}');
  });
});

describe('a pattern', () => {
  it.each([
    { source: ['com.example.monitor'] },
    { source: [{ prefix: 'com.example.' }], 'detail-type': ['Region Lost'], detail: { region: ['eu-west-1'], n: [1] } },
    { source: ['a'], detail: { x: { y: [{ 'anything-but': ['a', 1] }], z: [{ exists: false }, null, true] } } },
    { source: [{ 'anything-but': { prefix: 'b' } }] },
  ])('is valid: %j', (pattern) => expect(patternProblems(pattern)).toEqual([]));

  it.each([
    [{}, 'the pattern is empty'],
    [{ Source: ['a'] }, 'Source: an event has no such field'],
    [{ source: 'a' }, 'source: must be a list'],
    [{ source: [] }, 'source: the list is empty'],
    [{ detail: {} }, 'detail: is empty'],
    [{ detail: { $or: [{ a: ['b'] }] } }, 'detail.$or: operators'],
    [{ source: [{ suffix: 'a' }] }, 'source: {"suffix":"a"} is not supported'],
    [{ source: [{ prefix: 'a', suffix: 'b' }] }, 'is not supported'],
    [{ source: [{}] }, 'source: {} is not supported'],
    [{ source: [['a']] }, 'is not supported'],
    [{ source: [{ prefix: 1 }] }, 'is not supported'],
    [{ detail: { n: [{ numeric: ['>', 1] }] } }, 'detail.n: {"numeric":[">",1]} is not supported'],
    [{ source: [{ 'anything-but': [] }] }, 'is not supported'],
    [{ source: [{ 'anything-but': { suffix: 'a' } }] }, 'is not supported'],
    [{ source: [{ exists: 'yes' }] }, 'is not supported'],
    [{ detail: { a: { b: { c: { d: { e: { f: { g: { h: ['x'] } } } } } } } } }, 'is nested too deeply'],
    [{ source: ['x'.repeat(5000)] }, 'longer than'],
  ])('is invalid: %j', (pattern, why) => expect(patternProblems(pattern).join()).toContain(why));
});

describe('a source is admitted', () => {
  it.each([
    [{ detail: { a: ['b'] } }, true],
    [{ source: ['ours'] }, true],
    [{ source: [{ prefix: 'ou' }] }, true],
    [{ source: [{ 'anything-but': 'theirs' }] }, true],
    [{ source: [{ exists: true }] }, true],
    [{ source: ['theirs'] }, false],
    [{ source: ['theirs', { prefix: 'ours.' }] }, false],
    [{ source: [{ 'anything-but': 'ours' }] }, false],
  ])('by %j: %s', (pattern, isAdmitted) => expect(admitsSource(pattern, 'ours')).toBe(isAdmitted));
});
