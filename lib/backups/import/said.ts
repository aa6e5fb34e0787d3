import type { z } from 'zod';
import { issuesOf } from '../../errors/issues.ts';
import type { ImportAnswer } from '../schemas.ts';

/** What an import reports about single records. */
export class Said {
  readonly skipped: ImportAnswer['skipped'] = [];
  readonly warnings: ImportAnswer['warnings'] = [];

  /** Reports a record that is skipped. */
  skip(id: string, reason: string): void {
    this.skipped.push({ id, reason });
  }

  /** Reports something about a record that is imported. */
  warn(id: string, reason: string): void {
    this.warnings.push({ id, reason });
  }

  /** Returns the records that can be read, and reports the others. */
  readable<T extends z.ZodType>(schema: T, entries: readonly Record<string, unknown>[]): z.output<T>[] {
    return entries.flatMap((entry, index) => {
      const read = schema.safeParse(entry);
      if (read.success) return [read.data];
      const id = typeof entry.id === 'string' ? entry.id.slice(0, 200) : `number ${index + 1} of the list`;
      this.skip(id, `it cannot be read: ${issuesOf(read.error)}`);
      return [];
    });
  }
}
