/** What a fingerprint is made of, whatever the engine. */
import type { Row } from './session.ts';

/** A table or view to be read. */
export interface Relation {
  name: string;
  /** One row: `n`, how many there are, and sums of the rows' hashes, so that their order does not matter. */
  digestSql: string;
}

/** One kind of definition: rows whose order does not matter. */
export interface Definitions {
  name: string;
  rows: Row[];
}
