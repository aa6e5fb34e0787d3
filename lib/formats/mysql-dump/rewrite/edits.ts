import { countNewlines } from '../reader/bytes.ts';

/** Replaces the bytes [start, end) with `replacement`. */
export interface Edit {
  start: number;
  end: number;
  replacement: string;
}

/**
 * Applies the edits to the bytes; they must not overlap. If an edit would remove newlines, they are put after its
 * replacement, so that the client's "at line N" still matches the dump.
 */
export function applyEdits(bytes: Buffer, edits: readonly Edit[]): Buffer {
  const sorted = edits.toSorted((a, b) => a.start - b.start);
  const replacements = new Map<string, Buffer>();
  let size = bytes.length;
  const parts = sorted.map((edit) => {
    const text = edit.replacement + '\n'.repeat(countNewlines(bytes, edit.start, edit.end));
    let part = replacements.get(text);
    if (part === undefined) {
      part = Buffer.from(text);
      replacements.set(text, part);
    }
    size += part.length - (edit.end - edit.start);
    return part;
  });
  const result = Buffer.allocUnsafe(size);
  let from = 0;
  let to = 0;
  sorted.forEach((edit, index) => {
    const part = parts[index] as Buffer;
    to += bytes.copy(result, to, from, edit.start);
    to += part.copy(result, to);
    from = edit.end;
  });
  bytes.copy(result, to, from);
  return result;
}
