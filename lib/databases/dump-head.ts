import type { Toc } from '../formats/pg-dump/archive/format.ts';
import type { DumpKind } from './dump-kind.ts';

/** What is known of a dump once its first bytes are there. */
export interface DumpHead {
  kind: DumpKind;
  /** Of an archive whose layout is known. */
  toc: Toc | undefined;
  /** Of an archive: its version, such as `1.14`. */
  archiveVersion: string | undefined;
  /** Of the server that was dumped, such as `15.18`, if the dump says so. */
  serverVersion: string | undefined;
}
