import { describe, expect, it } from 'vitest';
import type { TocEntry } from '../../../../lib/formats/pg-dump/archive/format.ts';
import { keysOfGrant } from '../../../../lib/formats/pg-dump/archive/owned-objects.ts';
import { keyOfEntry } from '../../../../lib/formats/pg-dump/archive/toc-key.ts';

const ofEntry = (namespace: string, tag: string) => ({ desc: 'ACL', namespace, tag }) as TocEntry;

describe('the object of a grant', () => {
  it.each([
    ['TABLE', 'shop', 'a,b', 'TABLE "a,b"', 'GRANT ALL ON TABLE shop."a,b" TO reader'],
    ['TABLE', 'x"y', 'Orders', 'TABLE "Orders"', 'GRANT SELECT ON TABLE "x""y"."Orders" TO reader'],
    ['TABLE', 'shop', 'Orders', 'COLUMN "Orders".a', 'GRANT SELECT(a) ON TABLE shop."Orders" TO reader'],
    ['SCHEMA', '', '(a)', 'SCHEMA "(a)"', 'GRANT USAGE ON SCHEMA "(a)" TO reader'],
    [
      'FUNCTION',
      'shop',
      'Orders(text)',
      'FUNCTION "Orders"(text)',
      'GRANT ALL ON FUNCTION shop."Orders"(text) TO reader',
    ],
    ['FUNCTION', 'shop', 'f(a integer)', 'FUNCTION f(a integer)', 'GRANT ALL ON FUNCTION shop.f(a integer) TO reader'],
  ])('is found: %s %s.%s', (desc, namespace, tag, entryTag, text) => {
    expect(keysOfGrant(ofEntry(namespace, entryTag), text)).toContain(keyOfEntry({ desc, namespace, tag }));
  });

  it.each([
    ['FUNCTION f(integer)', 'GRANT ALL ON FUNCTION shop."F"(integer) TO reader'],
    ['FUNCTION f(integer)', 'GRANT ALL ON FUNCTION shop.f(text) TO reader'],
    ['FUNCTION "f""(integer)', 'GRANT ALL ON FUNCTION shop.f(integer) TO reader'],
    ['TABLE t', 'GRANT ALL ON TABLE "other".t TO reader'],
    ['TABLE t', 'GRANT ALL ON TABLE shop.t.u TO reader'],
  ])('is unknown if the statement names a different one from its entry: %s, %s', (tag, text) => {
    expect(keysOfGrant(ofEntry('shop', tag), text)).toEqual([]);
  });
});
