import type { ReactNode } from 'react';

/** The properties that the page passes to the form of each kind of import. */
export interface WayProps {
  /** The storage provider that the page's address names; empty if it names none. */
  providerId: string;
  /**
   * The choice between the kinds of import.
   * @param busy whether an import is running.
   */
  choice(busy: boolean): ReactNode;
}
