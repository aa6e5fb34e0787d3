import { createHash } from 'node:crypto';
import { canonicalJson, type DumpContents } from './dump-contents.ts';

/** SHA-256 of the contents, in hex. Equal contents have equal digests, whatever the order of their fields. */
export function contentsDigest(contents: DumpContents): string {
  return createHash('sha256').update(canonicalJson(contents)).digest('hex');
}
