import { describe, expect, it } from 'vitest';
import { clientMajor } from '../../../../lib/engines/postgres/rules/client-major.ts';
import { RestoreError } from '../../../../lib/errors/errors.ts';

/** pg_dump of 15, 16 and 17 writes these. */
const OF_15 = '1.14';
const OF_16 = '1.15';
const OF_17 = '1.16';

describe('the client that restores', () => {
  it.each([
    // as new as the server, or as close below it as possible
    [[15, 16, 17], 16, OF_15, 16],
    [[15, 17], 16, OF_15, 15],
    [[15, 16, 17], 18, OF_15, 17],
    [[17], 17, OF_17, 17],
    // only newer ones read the archive, or are installed
    [[15, 16, 17], 15, OF_16, 17],
    [[15, 16, 17], 15, OF_17, 17],
    [[16, 17], 15, OF_15, 17],
    [[17], 12, OF_15, 17],
    // any of them reads plain SQL
    [[15, 17], 16, undefined, 15],
    [[15, 17], 14, undefined, 17],
    // in whatever order they were found
    [[17, 15, 16], 16, OF_16, 16],
  ])('of %j, into %d, for an archive of format %s: %d', (installed, server, archiveVersion, major) => {
    expect(clientMajor({ installed, server, archiveVersion })).toBe(major);
  });

  it.each([
    [[15], OF_16, 'needs pg_restore 16 or newer; installed: 15', 'POSTGRES_MAJORS="15 16"'],
    [[15, 16], OF_17, 'needs pg_restore 17 or newer; installed: 15, 16', 'POSTGRES_MAJORS="15 16 17"'],
    [[17, 18], '1.17', 'is newer than any that this service knows; installed: 17, 18', 'up to 18'],
    [[17], '2.0', 'is newer than any that this service knows', 'Update this service'],
  ])('does not exist among %j for an archive of format %s', (installed, archiveVersion, message, hint) => {
    const choose = () => clientMajor({ installed, server: 17, archiveVersion });
    expect(choose).toThrow(RestoreError);
    expect(choose).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), hint: expect.stringContaining(hint) }),
    );
  });
});
