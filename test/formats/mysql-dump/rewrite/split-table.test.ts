import { describe, expect, it } from 'vitest';
import { splitTable } from '../../../../lib/formats/mysql-dump/rewrite/split-table.ts';
import { pieces } from '../../../engines/mysql/dump-support.ts';

function split(sql: string, needKey = false, keepUnique = false) {
  const [statement] = pieces(`${sql};`);
  const table =
    statement === undefined ? undefined : splitTable(statement, (name) => needKey && name === 'a', keepUnique);
  return (
    table && {
      name: table.name,
      create: table.create.toString(),
      keys: table.keys.map(({ together }) => together.toString()),
      foreignKeys: table.foreignKeys?.together.toString(),
      ordered: table.ordered,
    }
  );
}

it('removes keys and foreign keys from a table', () => {
  expect(
    split(`CREATE TABLE \`a\` (
  \`id\` int NOT NULL AUTO_INCREMENT COMMENT 'KEY (x), \\'',
  \`b\` decimal(10,2) DEFAULT NULL,
  PRIMARY KEY (\`id\`),
  UNIQUE KEY \`u\` (\`b\`),
  KEY \`k\` (\`b\`,\`id\`) COMMENT ', (' /*!80000 INVISIBLE */,
  FULLTEXT KEY \`f\` (\`b\`) /*!50100 WITH PARSER \`ngram\` */ ,
  FULLTEXT KEY \`g\` (\`b\`),
  CONSTRAINT \`x\` FOREIGN KEY (\`b\`) REFERENCES \`z\` (\`b\`, \`c\`) ON DELETE CASCADE,
  CONSTRAINT \`y\` FOREIGN KEY (\`b\`) REFERENCES \`a\` (\`id\`),
  CONSTRAINT \`c\` CHECK (\`b\` > 0)
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COMMENT='; ENGINE=MyISAM'
/*!50100 PARTITION BY HASH (id) */`),
  ).toEqual({
    name: 'a',
    create: `CREATE TABLE \`a\` (
  \`id\` int NOT NULL AUTO_INCREMENT COMMENT 'KEY (x), \\'',
  \`b\` decimal(10,2) DEFAULT NULL,
  PRIMARY KEY (\`id\`),
  CONSTRAINT \`c\` CHECK (\`b\` > 0)
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COMMENT='; ENGINE=MyISAM'
/*!50100 PARTITION BY HASH (id) */`,
    keys: [
      "ALTER TABLE `a` ADD UNIQUE KEY `u` (`b`), ADD KEY `k` (`b`,`id`) COMMENT ', (' /*!80000 INVISIBLE */, " +
        'ADD FULLTEXT KEY `f` (`b`) /*!50100 WITH PARSER `ngram` */',
      'ALTER TABLE `a` ADD FULLTEXT KEY `g` (`b`)',
    ],
    foreignKeys:
      'ALTER TABLE `a` ADD CONSTRAINT `x` FOREIGN KEY (`b`) REFERENCES `z` (`b`, `c`) ON DELETE CASCADE, ' +
      'ADD CONSTRAINT `y` FOREIGN KEY (`b`) REFERENCES `a` (`id`)',
    ordered: false,
  });
});

it('leaves a table without keys unchanged', () => {
  const sql = 'CREATE TABLE `a` (\n  `id` int, -- one\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB';
  expect(split(sql)).toEqual({ name: 'a', create: sql, keys: [], foreignKeys: undefined, ordered: false });
});

it.each([
  ['to any session if there is a primary key', 'PRIMARY KEY (`id`),UNIQUE KEY `u` (`b`)', false],
  ['in order if there is none', 'UNIQUE KEY `u` (`id`)', true],
])('sends rows %s', (_, keys, ordered) => {
  expect(split(`CREATE TABLE \`a\` (\`id\` int NOT NULL,\`b\` text,${keys}) ENGINE=InnoDB`)).toMatchObject({ ordered });
});

describe('what stays in the table', () => {
  const keysOf = (lines: string) => {
    const table = split(`CREATE TABLE \`a\` (\n${lines}\n) ENGINE=InnoDB`);
    return table?.keys.map((text) => [...text.matchAll(/KEY `(\w+)`/g)].map(([, name]) => name));
  };
  it.each([
    [
      'the key of an AUTO_INCREMENT column, and those before it',
      '`n` int AUTO_INCREMENT,`a` int,PRIMARY KEY (`a`),KEY `x` (`a`),KEY `y` (`n`),KEY `z` (`a`)',
      [['z']],
    ],
    [
      'only one key of an AUTO_INCREMENT column',
      '`n` int AUTO_INCREMENT,PRIMARY KEY (`a`,`n`),KEY `y` (`n`),KEY `z` (`n`)',
      [['z']],
    ],
    [
      'no key of an AUTO_INCREMENT column that starts the primary key',
      '`n` int AUTO_INCREMENT,PRIMARY KEY (`n`,`a`),KEY `y` (`n`)',
      [['y']],
    ],
    [
      'unique keys if there is no primary key',
      '`n` int,UNIQUE KEY `x` (`n`),KEY `y` (`n`),UNIQUE KEY `z` (`n`),KEY `w` (`n`)',
      [['w']],
    ],
    [
      'every key of a table with a hash key, which ALTER TABLE would turn into a B-tree',
      '`n` text,PRIMARY KEY (`a`),UNIQUE KEY `x` (`n`) USING HASH,KEY `y` (`n`)',
      undefined,
    ],
    ['no key on an expression', '`n` int,PRIMARY KEY (`n`),KEY `x` ((`n` + 1))', [['x']]],
  ])('%s', (_, lines, expected) => {
    expect(keysOf(lines)).toEqual(expected);
  });

  it('every key of a table that another one refers to', () => {
    const sql =
      'CREATE TABLE `a` (`n` int, PRIMARY KEY (`n`), KEY `x` (`n`), CONSTRAINT `f` FOREIGN KEY (`n`) REFERENCES `b` (`n`)) ENGINE=InnoDB';
    expect(split(sql, true)).toMatchObject({
      create: expect.stringContaining('KEY `x`'),
      keys: [],
      foreignKeys: expect.stringContaining('`f`'),
    });
  });

  it('the order of rows without a primary key', () => {
    expect(split('CREATE TABLE `a` (`n` int, KEY `x` (`n`)) ENGINE=InnoDB')?.ordered).toBe(true);
  });
});

it.each([
  ['another engine', 'CREATE TABLE `a` (`n` int, KEY `x` (`n`)) ENGINE=MyISAM'],
  ['no stated engine', 'CREATE TABLE `a` (`n` int, KEY `x` (`n`))'],
  ['system versioning', 'CREATE TABLE `a` (`n` int, KEY `x` (`n`)) ENGINE=InnoDB WITH SYSTEM VERSIONING'],
  ['rows from a query', 'CREATE TABLE `a` (`n` int, KEY `x` (`n`)) ENGINE=InnoDB AS SELECT 1 AS n'],
  ['IF NOT EXISTS', 'CREATE TABLE IF NOT EXISTS `a` (`n` int, KEY `x` (`n`)) ENGINE=InnoDB'],
  ['a view’s placeholder', '/*!50001 CREATE TABLE `a` (`n` tinyint NOT NULL) ENGINE=InnoDB */'],
  ['a key in a column', 'CREATE TABLE `a` (`n` int PRIMARY KEY) ENGINE=InnoDB'],
  ['a reference in a column', 'CREATE TABLE `a` (`n` int REFERENCES `b` (`n`)) ENGINE=InnoDB'],
  ['a bare column', 'CREATE TABLE `a` (n int, KEY `x` (n)) ENGINE=InnoDB'],
  ['a foreign key without a name', 'CREATE TABLE `a` (`n` int, FOREIGN KEY (`n`) REFERENCES `b` (`n`)) ENGINE=InnoDB'],
  ['a key of another kind', 'CREATE TABLE `a` (`n` int, VECTOR KEY `x` (`n`)) ENGINE=InnoDB'],
  ['a period', 'CREATE TABLE `a` (`n` int, PERIOD FOR p (`n`, `n`)) ENGINE=InnoDB'],
  ['a comment across definitions', 'CREATE TABLE `a` (`n` int /*!50000 , KEY `x` (`n`) */) ENGINE=InnoDB'],
  ['a definition in a comment', 'CREATE TABLE `a` (`n` int, /*!50000 KEY `x` (`n`) */ KEY `y` (`n`)) ENGINE=InnoDB'],
  ['a full-text document id', 'CREATE TABLE `a` (`FTS_DOC_ID` bigint, PRIMARY KEY (`n`), KEY `x` (`n`)) ENGINE=InnoDB'],
  ['AUTO_INCREMENT without a key', 'CREATE TABLE `a` (`n` int AUTO_INCREMENT, PRIMARY KEY (`m`)) ENGINE=InnoDB'],
  ['a table that ends early', 'CREATE TABLE `a` (`n` int, KEY `x` (`n`'],
])('does not split %s', (_, sql) => {
  expect(split(sql)).toBeUndefined();
});

it('also returns each key by itself', () => {
  const [statement] = pieces(
    'CREATE TABLE `a` (\n  `id` int,\n  PRIMARY KEY (`id`),\n  UNIQUE KEY `u` (`b`),\n  KEY `k` (`b`)\n) ENGINE=InnoDB;',
  );
  const table = statement && splitTable(statement, () => false);
  expect(table?.keys.map(({ singly }) => singly.map(String))).toEqual([
    ['ALTER TABLE `a` ADD UNIQUE KEY `u` (`b`)', 'ALTER TABLE `a` ADD KEY `k` (`b`)'],
  ]);
});

it('keeps unique keys, and what comes before them, if other sessions write', () => {
  const sql =
    'CREATE TABLE `a` (\n  `id` int,\n  PRIMARY KEY (`id`),\n  UNIQUE KEY `u` (`b`),\n  KEY `k` (`b`)\n) ENGINE=InnoDB';
  expect(split(sql, false, true)).toMatchObject({
    create: expect.stringContaining('UNIQUE KEY `u`'),
    keys: ['ALTER TABLE `a` ADD KEY `k` (`b`)'],
  });
});
