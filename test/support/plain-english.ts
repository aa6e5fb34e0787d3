/** Phrases that aren't plain English, and what to write instead. See test/plain-english.test.ts. */

interface Rule {
  phrase: RegExp;
  instead: string;
}

const PRONOUNS =
  '(?:it|that|this|these|those|they|we|you|one|no|none|nothing|some|somebody|someone|others?|the latter)';

const RULES: Rule[] = [
  {
    // a clause after a word that names no place: `undefined where it is none`, `, where that is known`, `where there is
    // none`
    phrase: new RegExp(
      [
        '\\b[Ww]here there (?:is|are|was|were|has been|would be)\\b',
        '(?:[,;:(] (?:and |but |or |also |else |even )?|\\b(?:undefined|null|nothing|none|only|also|except|but|and|or|not|needed|missing|empty|Error|Request) )where (?:a |an |the |its |' +
          PRONOUNS +
          '\\b)',
        `\\bWhere (?:${PRONOUNS}|a|an|the|its) (?:[\\w’'-]+ ){0,4}(?:is|are|was|were|has|had|does|do|did|can|could|cannot|may|must|fails?|says?|lacks?|names?)\\b[^.!?:"']*[,:]`,
        '@(?:throws|returns) [^.]*? where (?!.*\\bplace\\b)',
      ].join('|'),
      'g',
    ),
    instead: 'write "if": "where" is for places',
  },
  {
    phrase:
      /(?<!\b[Tt]here )\b(?:is|are|was|were) no (?!(?:longer|more|less|fewer|later|earlier|better|worse|slower|other than|doubt|way)\b)[a-z][\w-]*/g,
    instead: 'write "isn\'t a …" or "has no …"',
  },
  {
    // except for the Unix account
    phrase: /(?<!['"`/]|as |root, )\b(?:nobody|somebody)\b(?!['"`@/])/gi,
    instead: 'write "no one" or "someone", or name who it is',
  },
  {
    phrase: /\ban own\b|\b(?:stands?|stood|standing) in the way\b/gi,
    instead: 'write "its own" or "prevents": these are German idioms',
  },
  {
    phrase: /\bdeal(?:s|t|ing)? with\b/gi,
    instead: 'write what it does: handles, reads, reports, …',
  },
  {
    phrase: /\btak(?:es?|en|ing) back\b|\btook back\b|\bmend(?:s|ed|ing)?\b|\banew\b/gi,
    instead: 'write "undo", "fix" or "again"',
  },
];

/** Texts in which a phrase is right, each with the text around it. */
const ALLOWED: string[] = [];

interface Finding {
  line: number;
  phrase: string;
  instead: string;
}

/** The phrases in a file's comments, strings and prose. A phrase may span lines. */
export function findingsIn(source: string): Finding[] {
  // line breaks with the marks of comments become one space each, so that lengths and lines can be told again
  const starts: number[] = [];
  let text = '';
  for (const line of source.split('\n')) {
    starts.push(text.length);
    text += `${line.replace(/^\s*(?:\/\/|\*(?!\*)|#)?\s*/, '')} `;
  }
  return RULES.flatMap(({ phrase, instead }) =>
    [...text.matchAll(phrase)]
      .filter(({ index, 0: found }) => {
        const around = text.slice(Math.max(0, index - 80), index + found.length + 80);
        return !ALLOWED.some((allowed) => around.includes(allowed));
      })
      .map(({ index, 0: found }) => ({
        line: starts.findLastIndex((start) => start <= index) + 1,
        phrase: text.slice(index, index + Math.max(found.length, 40)).trim(),
        instead,
      })),
  );
}
