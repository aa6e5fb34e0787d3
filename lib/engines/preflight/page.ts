/**
 * Generates docs/preflight.md from the table of findings. To update the file: `npx vitest run
 * test/engines/preflight.test.ts -u`.
 */
import { ENGINES } from '../../databases/engines.ts';
import { type Declared, FINDINGS, SUBJECTS } from './findings.ts';

const TITLES: Record<(typeof SUBJECTS)[number], string> = {
  settings: 'Settings of the server',
  names: 'Names that are in use',
  rights: 'Rights',
  text: 'Character sets and collations',
  room: 'Room',
  neighbours: 'Other sessions in the target',
};

export function preflightPage(): string {
  const all = Object.entries<Declared>(FINDINGS);
  const sections = SUBJECTS.flatMap((subject) => {
    const rows = all.filter(([, finding]) => finding.subject === subject);
    if (rows.length === 0) return [];
    return [
      `## ${TITLES[subject]}\n`,
      '| id | engines | what happens | when | what to do |',
      '| --- | --- | --- | --- | --- |',
      ...rows.map(([id, { engines, weight, settable, when, remedy }]) => {
        const titles = engines.map((engine) => ENGINES[engine].title).join(', ');
        const otherwise = weight === 'obstacle' ? 'refused, untouched' : 'a warning';
        const then = settable ? `set for the session if the user may, otherwise ${otherwise}` : otherwise;
        return `| \`${id}\` | ${titles} | ${then} | ${when} | ${remedy} |`;
      }),
      '',
    ];
  });
  return [
    '# Preflight\n',
    'Before a restore writes, the contents of the dump are compared with the target. An obstacle ends the restore while the',
    'target is untouched, and says which statement removes it.\n',
    'This page is generated from the table in `lib/engines/preflight/findings.ts`; a test keeps it up to date.\n',
    ...sections,
  ].join('\n');
}
