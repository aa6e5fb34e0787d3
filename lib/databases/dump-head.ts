import type { Toc } from '../formats/pg-dump/archive/format.ts';
import type { DumpKind } from './dump-kind.ts';

/** What is known about a dump once its first bytes are read. */
export interface DumpHead {
  kind: DumpKind;
  /** For an archive with a known layout. */
  toc: Toc | undefined;
  /** Of an archive: its version, such as `1.14`. */
  archiveVersion: string | undefined;
  /** The version of the dumped server, such as `15.18`, if the dump says so. */
  serverVersion: string | undefined;
}
