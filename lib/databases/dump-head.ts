import type { Toc } from '../formats/pg-dump/archive/format.ts';
import type { DumpKind } from './dump-kind.ts';

/** What is known about a dump after its first bytes have been read. */
export interface DumpHead {
  kind: DumpKind;
  /** For an archive whose layout is known. */
  toc: Toc | undefined;
  /** The version of an archive, such as `1.14`. */
  archiveVersion: string | undefined;
  /** The version of the dumped server, such as `15.18`, if the dump says so. */
  serverVersion: string | undefined;
}
