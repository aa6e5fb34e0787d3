import { createHash } from 'node:crypto';
import { canonicalJson, type DumpContents } from './dump-contents.ts';

/** SHA-256 of the contents, in hex: equal contents have equal digests, in whatever order their fields come. */
export function contentsDigest(contents: DumpContents): string {
  return createHash('sha256').update(canonicalJson(contents)).digest('hex');
}
