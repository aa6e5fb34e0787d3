import type { ReactNode } from 'react';

/** What a way to import is given by the page. */
export interface WayProps {
  /** The storage provider that the page's address names; empty if it names none. */
  providerId: string;
  /** The choice between the ways. @param busy whether an import is under way. */
  choice(busy: boolean): ReactNode;
}
