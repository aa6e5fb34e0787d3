import { useEffect, useRef, useState } from 'react';
import { useReadAgain } from '../../api/queries.ts';
import { type ImportAnswer, type JagadAnswer, together, untilNothingIsLeft } from './import-answers.ts';

export interface Progress {
  /** The number of backups that have been processed. */
  done: number;
  /** The number of backups to process; undefined while unknown. */
  of: number | undefined;
}

interface ImportState {
  /** Undefined while no import is running. */
  progress: Progress | undefined;
  answer: ImportAnswer | JagadAnswer | undefined;
  error: unknown;
}

/** Sends a part of an import once. */
export interface Part<A extends ImportAnswer> {
  send(signal: AbortSignal): Promise<A>;
  /** The number of backups in it; undefined if only the response says so. */
  backups: number | undefined;
}

export interface Import extends ImportState {
  /**
   * Sends each part until nothing of it is left. The calls aren't cached, because they may contain a password.
   * @returns whether everything was imported.
   */
  run(parts: () => Promise<readonly Part<ImportAnswer | JagadAnswer>[]>): Promise<boolean>;
}

/** A running import. It stops when the page is closed. */
export function useImport(): Import {
  const readAgain = useReadAgain();
  const [state, setState] = useState<ImportState>({ progress: undefined, answer: undefined, error: undefined });
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);

  async function sendAll(parts: readonly Part<ImportAnswer | JagadAnswer>[], signal: AbortSignal) {
    const sizes = parts.map(({ backups }) => backups);
    let before: ImportAnswer | undefined;
    let done = 0;
    for (const part of parts) {
      const sum = await untilNothingIsLeft(
        () => part.send(signal),
        (ofPart) => {
          const answer = before === undefined ? ofPart : together(before, ofPart);
          const size = part.backups ?? ('read' in ofPart ? ofPart.read.backups : 0);
          const of = sizes.includes(undefined) ? size : sizes.reduce<number>((total, one) => total + (one ?? 0), 0);
          setState({ progress: { done: done + size - ofPart.backups.left, of }, answer, error: undefined });
        },
      );
      before = before === undefined ? sum : together(before, sum);
      done += part.backups ?? 0;
    }
    return before?.backups.left === 0;
  }

  return {
    ...state,
    run: async (partsOf) => {
      const aborting = new AbortController();
      abort.current = aborting;
      setState({ progress: { done: 0, of: undefined }, answer: undefined, error: undefined });
      try {
        return await sendAll(await partsOf(), aborting.signal);
      } catch (error) {
        setState((now) => ({ ...now, error }));
        return false;
      } finally {
        setState((now) => ({ ...now, progress: undefined }));
        void readAgain();
      }
    },
  };
}
