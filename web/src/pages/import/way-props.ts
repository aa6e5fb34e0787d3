import type { ReactNode } from 'react';

/** The properties that the page passes to a way to import. */
export interface WayProps {
  /** The storage provider that the page's address names; empty if it names none. */
  providerId: string;
  /**
   * The choice between the ways.
   * @param busy whether an import is running.
   */
  choice(busy: boolean): ReactNode;
}
