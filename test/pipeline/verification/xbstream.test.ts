import { describe, expect, it } from 'vitest';
import { DecompressError } from '../../../lib/errors/errors.ts';
import { XbstreamReader } from '../../../lib/pipeline/verification/xbstream.ts';
import { endOf, file, piece, remove, rename, rewritten, seek, sparsePiece } from '../../support/physical/xbstream.ts';

/** Reads a stream in chunks of a size. @returns the files whose names begin with `x`. */
function read(stream: Buffer, size = stream.length): Record<string, string> {
  const reader = new XbstreamReader((path) => path.startsWith('x'));
  for (let at = 0; at < stream.length; at += size) reader.push(stream.subarray(at, at + size));
  reader.end();
  return Object.fromEntries([...reader.kept].map(([path, bytes]) => [path, bytes.toString()]));
}

const whole = Buffer.concat([
  piece('a.ibd', 0, 'abc'),
  piece('x1', 0, 'one'),
  piece('a.ibd', 3, 'defg'),
  endOf('a.ibd'),
  sparsePiece('b.ibd', 0, [[0, 2], [10, 3], [7, 0]], 'abcde'), // biome-ignore format: pairs
  piece('b.ibd', 22, 'f'),
  piece('x1', 3, ', two'),
  endOf('b.ibd'),
  file('empty', ''),
  piece('nothing', 0, ''),
  endOf('nothing'),
  endOf('x1'),
]);

describe('a sound stream', () => {
  it.each([1, 2, 7, 13, 14, 15, 64, 1000])('is read in chunks of %i bytes', (size) => {
    expect(read(whole, size)).toEqual({ x1: 'one, two' });
  });

  it('reports how many files it has', () => {
    const reader = new XbstreamReader(() => false);
    reader.push(whole);
    expect(reader.files).toBe(5);
  });

  it('keeps at most the first 64 KiB of a file', () => {
    const half = 'y'.repeat(40 * 1024);
    const { x } = read(Buffer.concat([piece('x', 0, half), piece('x', half.length, half), endOf('x')]), 999);
    expect(x).toHaveLength(64 * 1024);
  });
});

describe('a stream from MariaDB 10.11 or later', () => {
  const sound: [string, Buffer[], Record<string, string>, number][] = [
    ['writes a file again', [file('x', 'before'), rewritten('x', 'now')], { x: 'now' }, 1],
    [
      'continues elsewhere in a file',
      [piece('x', 0, '12345'), seek('x', 1), piece('x', 1, 'ab'), endOf('x')],
      { x: '1ab45' },
      1,
    ],
    ['leaves a hole', [seek('x', 3), piece('x', 3, 'ab'), endOf('x')], { x: '\0\0\0ab' }, 1],
    ['removes a file', [file('x', '1'), remove('x'), file('y', '')], {}, 1],
    ['removes a file and adds it again', [file('x', '1'), remove('x'), file('x', '2')], { x: '2' }, 1],
    ['removes a missing file', [remove('x'), file('a', '')], {}, 1],
    ['renames a file', [file('a', '1'), rename('a', 'b'), file('a', '2')], {}, 2],
    ['renames a file that is kept', [file('x1', '1'), file('a', ''), rename('x1', 'x2')], { x2: '1' }, 2],
    ['renames a file to an existing one', [file('x', '1'), file('a', '2'), rename('a', 'x')], {}, 1],
    ['renames a missing file', [file('x', '1'), rename('a', 'x')], { x: '1' }, 1],
  ];

  it.each(sound)('%s', (_, chunks, kept, files) => {
    const stream = Buffer.concat(chunks);
    for (const size of [1, 7, stream.length]) expect(read(stream, size)).toEqual(kept);
    const reader = new XbstreamReader(() => false);
    reader.push(stream);
    expect(reader.files).toBe(files);
  });

  it.each([
    ['an open file is removed', [piece('a', 0, '1'), remove('a')], 'a is removed before its end'],
    ['an open file is renamed', [piece('a', 0, '1'), rename('a', 'b')], 'a is renamed to b, and a has not ended'],
    ['a file is renamed to an open file', [file('a', ''), piece('b', 0, '1'), rename('a', 'b')], 'and b has not ended'],
    ['a file gets a name outside of the backup', [file('a', ''), rename('a', '../b')], 'outside of the backup'],
    ['a file gets an empty name', [file('a', ''), rename('a', '')], 'outside of the backup'],
    ['a file gets too long a name', [file('a', ''), rename('a', 'b'.repeat(600))], 'outside of the backup'],
    ['a file outside of the backup is removed', [remove('../b')], 'outside of the backup'],
    [
      'a chunk is missing before the next one',
      [seek('a', 3), piece('a', 0, 'x')],
      'the chunk of a from byte 3 is missing',
    ],
    ['it ends after a seek', [seek('a', 3)], 'it ends in the middle of a chunk'],
  ] as const)('is damaged if %s', (_, chunks, message) => {
    expect(() => read(Buffer.concat(chunks))).toThrow(message);
  });
});

describe('a fault is found if', () => {
  const faulty = (stream: Buffer, size?: number) => () => read(stream, size);
  const flipped = (at: number) => {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] as number) ^ 1;
    return bytes;
  };

  it('a bit is flipped anywhere except in meaningless flags', () => {
    const isFlags = (at: number) => whole.subarray(at - 8, at).toString() === 'XBSTCK01';
    // the end of a file that has no other chunk may name another one, or become the removal of one that does not exist
    const name = whole.indexOf('empty');
    const names = [name - 5, ...[...'empty'].map((_, index) => name + index)];
    for (let at = 0; at < whole.length; at++) {
      if (isFlags(at) || names.includes(at)) continue;
      expect(faulty(flipped(at)), `byte ${at}`).toThrow(DecompressError);
    }
  });

  it('it is cut anywhere except between two files', () => {
    // here the first two files begin before the first of them ends
    const sound = [0, whole.length];
    for (let at = 1; at < whole.length; at++) {
      if (sound.includes(at)) continue;
      expect(faulty(whole.subarray(0, at)), `byte ${at}`).toThrow(
        /^the archive is incomplete: it ends (in the middle|before)/,
      );
    }
  });

  it.each([
    [
      'a chunk is missing',
      [piece('a', 0, 'abc'), piece('a', 6, 'ghi')],
      /the chunk of a from byte 3 is missing: the next one begins at 6$/,
    ],
    ['the first chunk is missing', [piece('a', 3, 'abc')], 'the chunk of a from byte 0 is missing'],
    ['a chunk is there twice', [piece('a', 0, 'abc'), piece('a', 0, 'abc')], 'the chunk of a from byte 3 is missing'],
    [
      'a hole is missing',
      [sparsePiece('a', 0, [[5, 1]], 'x'), piece('a', 1, 'y')],
      'the chunk of a from byte 6 is missing',
    ],
    ['holes surround other bytes', [sparsePiece('a', 0, [[0, 2]], 'x')], 'a chunk of 1 bytes of a has holes around 2'],
    ['a CRC is wrong', [piece('a', 0, 'abc', 7)], 'the CRC-32 of a chunk of a is wrong'],
    ['the CRC of an empty chunk is wrong', [piece('a', 0, '', 7)], 'the CRC-32 of a chunk of a is wrong'],
    ['a file has no end', [piece('a', 0, 'abc'), file('b', '')], 'it ends before the end of a'],
    ['files have no end', ['a', 'b', 'c'].map((name) => piece(name, 0, '')), 'the end of a and of 2 other files'],
    ['bytes follow it', [file('a', ''), Buffer.alloc(14)], 'there is something else where a chunk should begin'],
    [
      'a chunk has an unknown type',
      [Buffer.from(endOf('a').toString('latin1').replace('E', 'Q'), 'latin1')],
      'has the type 0x51',
    ],
    ['a name is empty', [endOf('')], 'whose name has 0 bytes'],
    ['a name is too long', [endOf('a'.repeat(512))], 'whose name has 512 bytes'],
    ['a file is there twice', [file('a', '1'), file('b', ''), file('a', '2')], 'a is there twice'],
    [
      'there are more open files than any tool has',
      Array.from({ length: 10_001 }, (_, at) => piece(`${at}`, 0, '')),
      'have no end',
    ],
  ])('%s', (_, chunks, message) => {
    expect(faulty(Buffer.concat(chunks))).toThrow(message);
  });

  it.each(['../../etc/cron.d/x', '/etc/passwd', 'a/../../b', 'a\0b', '..', './a', 'a//b', 'a/'])(
    'a file is outside of the backup: %j',
    (path) => {
      expect(faulty(file(path, 'x'))).toThrow('outside of the backup');
    },
  );
});
