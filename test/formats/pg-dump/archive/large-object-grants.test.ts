import { expect, it } from 'vitest';
import type { TocEntry } from '../../../../lib/formats/pg-dump/archive/format.ts';
import { withEachLargeObject } from '../../../../lib/formats/pg-dump/archive/large-object-grants.ts';

const entry = (of: Partial<TocEntry>) =>
  ({ dumpId: 1, namespace: '', owner: 'app', dependencies: [], ...of }) as TocEntry;
const METADATA = entry({ dumpId: 5, desc: 'BLOB METADATA', tag: '4001..4003', definition: '4001\n4002\n4003\n' });
const each = (acl: Partial<TocEntry>) =>
  withEachLargeObject({
    entries: [METADATA, entry({ desc: 'ACL', dependencies: [5], ...acl })],
    standardStrings: true,
  }).slice(1);

it('creates an entry for each object of a group, with all statements', () => {
  const definition =
    'REVOKE ALL ON LARGE OBJECT 4001 FROM app;\nSET SESSION AUTHORIZATION "x ON LARGE OBJECT 4001";\n' +
    'GRANT SELECT,UPDATE ON LARGE OBJECT 4001 TO "a; ON LARGE OBJECT 4001";\nRESET SESSION AUTHORIZATION;\n';
  const found = each({ tag: 'LARGE OBJECTS 4001..4003', definition });
  expect(found.map(({ tag }) => tag)).toEqual(['LARGE OBJECT 4001', 'LARGE OBJECT 4002', 'LARGE OBJECT 4003']);
  expect(found[0]?.definition).toBe(definition);
  expect(found[2]?.definition).toBe(
    'REVOKE ALL ON LARGE OBJECT 4003 FROM app;\nSET SESSION AUTHORIZATION "x ON LARGE OBJECT 4001";\n' +
      'GRANT SELECT,UPDATE ON LARGE OBJECT 4003 TO "a; ON LARGE OBJECT 4001";\nRESET SESSION AUTHORIZATION;\n',
  );
});

it('leaves the grants of a single object, and other entries, unchanged', () => {
  for (const tag of ['LARGE OBJECT 4001', 'TABLE LARGE OBJECTS 1..2']) {
    expect(each({ tag, definition: 'GRANT SELECT ON LARGE OBJECT 4001 TO app;\n' })).toMatchObject([{ tag }]);
  }
});
