import { expect, it } from 'vitest';
import { text } from '../../../../../lib/engines/mysql/rules/preflight/text.ts';
import { contentsOf, serverFacts } from '../../dump-support.ts';

const found = (column: string, ...collations: string[]) =>
  text(
    contentsOf(`CREATE TABLE \`t\` (\`a\` text ${column}) ENGINE=InnoDB;\n`),
    serverFacts({ collations: new Set(collations) }),
  ).map(({ id, message }) => `${id}: ${message.replace(/^.*: /, '')}`);

it.each([
  ['an older name', 'CHARACTER SET utf8 COLLATE utf8_general_ci', 'utf8mb3_general_ci'],
  ['a short name', 'COLLATE uca1400_ai_ci', 'utf8mb4_uca1400_ai_ci'],
  ['no name', '', 'utf8mb4_bin'],
])('knows a collation by %s', (_, column, collation) => {
  expect(found(column, collation)).toEqual([]);
});

it('names the table whose collation or character set the server lacks', () => {
  expect(found('COLLATE utf8mb4_uca1400_ai_ci', 'utf8mb4_bin')).toEqual([
    'mysql-text-unknown: collation utf8mb4_uca1400_ai_ci (table t)',
  ]);
  expect(found('CHARACTER SET gb18030', 'utf8mb4_bin')).toEqual([
    'mysql-text-unknown: character set gb18030 (table t)',
  ]);
});

it('says what the restore puts in the place of a collation', () => {
  expect(found('COLLATE utf8mb4_0900_ai_ci', 'utf8mb4_unicode_520_nopad_ci')).toEqual([
    'mysql-collation-replaced: utf8mb4_0900_ai_ci by utf8mb4_unicode_520_nopad_ci',
  ]);
});
