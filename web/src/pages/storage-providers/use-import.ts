import { useState } from 'react';
import { useChange } from '../../api/queries.ts';
import { type ImportAnswer, importParts, readList, sameAgain, together } from './import-lists.ts';

export interface Import {
  /** Which part is under way, from 1; undefined where none is. */
  part: { number: number; of: number } | undefined;
  answer: ImportAnswer | undefined;
  error: unknown;
  run(connections: File | undefined, backups: File | undefined): Promise<void>;
}

/** Sends Jagad's lists, part by part, each until nothing of it is left. */
export function useImport(providerId: string): Import {
  const { mutateAsync } = useChange('POST /api/backups/import');
  const [state, setState] = useState<Omit<Import, 'run'>>({ part: undefined, answer: undefined, error: undefined });

  async function send(connections: File | undefined, backups: File | undefined): Promise<void> {
    const parts = importParts(providerId, await listOf(connections), await listOf(backups));
    let answer: ImportAnswer | undefined;
    for (const [index, body] of parts.entries()) {
      setState({ part: { number: index + 1, of: parts.length }, answer, error: undefined });
      let ofPart = await mutateAsync({ body });
      for (let before = Number.POSITIVE_INFINITY; ofPart.backups.left > 0 && ofPart.backups.left < before; ) {
        before = ofPart.backups.left;
        ofPart = sameAgain(ofPart, await mutateAsync({ body }));
      }
      answer = answer === undefined ? ofPart : together(answer, ofPart);
      setState({ part: undefined, answer, error: undefined });
    }
  }

  return {
    ...state,
    run: async (connections, backups) => {
      try {
        await send(connections, backups);
      } catch (error) {
        setState((now) => ({ part: undefined, answer: now.answer, error }));
      }
    },
  };
}

async function listOf(file: File | undefined): Promise<unknown[]> {
  return file === undefined ? [] : readList(file.name, await file.text());
}
