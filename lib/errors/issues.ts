/** Puts zod's issues into words. Nothing else does, except the pages, which show a message at each field. */
import type { z } from 'zod';

export interface IssueWords {
  /** Names the value that an issue is about, by its path, which is empty for the whole input. */
  subjectOf?: (path: readonly PropertyKey[]) => string;
  /** Names fields that the schema of an object doesn't know, by their paths. */
  unknownFields?: (paths: readonly string[]) => string;
}

/** What is wrong with a value: a line for each issue, with the field that it is about. */
export function issueLines(
  { issues }: z.ZodError,
  {
    subjectOf = (path) => path.join('.'),
    unknownFields = (paths) => `unknown field: ${paths.join(', ')}`,
  }: IssueWords = {},
): string[] {
  return issues.map((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return unknownFields(issue.keys.map((key) => [...issue.path, key].join('.')));
    }
    const subject = subjectOf(issue.path);
    return subject === '' ? issue.message : `${subject}: ${issue.message}`;
  });
}

/** The same in a single line. */
export function issuesOf(error: z.ZodError): string {
  return issueLines(error).join('; ');
}
