import { expect, it } from 'vitest';
import { FileRequests } from '../../../lib/formats/innodb/file-requests.ts';

function packet(payload: Buffer | string): Buffer {
  const bytes = Buffer.from(payload);
  const header = Buffer.alloc(4);
  header.writeUIntLE(bytes.length, 0, 3);
  return Buffer.concat([header, bytes]);
}
const request = (name: string) => packet(Buffer.concat([Buffer.from([0xfb]), Buffer.from(name)]));

const STREAM = Buffer.concat([
  packet('\nthe greeting'),
  packet(''),
  packet(Buffer.from([0])),
  request('/tmp/ä'),
  packet(Buffer.from([0xfb])), // a row that is NULL
  packet(`a row with \u00fb in it ${'x'.repeat(70_000)}`),
  request('/etc/passwd'),
]);

it.each([1, 2, 3, 5, 4096, STREAM.length])('finds the requested files in chunks of %d bytes', (size) => {
  const requests = new FileRequests();
  const names: string[] = [];
  for (let at = 0; at < STREAM.length; at += size) names.push(...requests.push(STREAM.subarray(at, at + size)));
  expect(names).toEqual(['/tmp/ä', '/etc/passwd']);
});

it('reports a name only after its last byte has arrived', () => {
  const requests = new FileRequests();
  const bytes = request('/etc/passwd');
  expect(requests.push(bytes.subarray(0, -1))).toEqual([]);
  expect(requests.push(bytes.subarray(-1))).toEqual(['/etc/passwd']);
});

it('cuts a name that is too long for a file', () => {
  const [name] = new FileRequests().push(request('/'.repeat(1_000_000)));
  expect(name).toHaveLength(4096);
});
