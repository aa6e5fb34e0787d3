import { describe, expect, it } from 'vitest';
import { RestoreError } from '../../../../lib/errors/errors.ts';
import type { SqlStatement } from '../../../../lib/formats/mysql-dump/reader/statement.ts';
import { StatementReader } from '../../../../lib/formats/mysql-dump/reader/statement-reader.ts';
import { fixtureDump, pieces, randomBelow, texts } from '../../../engines/mysql/dump-support.ts';

function shape(all: SqlStatement[]) {
  return all.map((piece) => ({
    kind: piece.kind,
    leading: piece.leading.toString('latin1'),
    text: piece.text.toString('latin1'),
    delimiter: piece.delimiter.toString('latin1'),
    line: piece.line,
    mode: piece.mode,
    hasEscapedNewline: piece.hasEscapedNewline,
  }));
}

describe('StatementReader splits where the clients do', () => {
  // Each was sent through MariaDB 10.11's and MySQL 9.7's clients with --binary-mode -v -v.
  const cases: [string, string, string[]][] = [
    ['strings', `select 'q'';q', "d"";\\";", 'a\\'b;', '\\\\';`, [`select 'q'';q', "d"";\\";", 'a\\'b;', '\\\\'`]],
    ['quoted identifiers, without escapes', 'select `de``l;`, `a\\`;select 2;', ['select `de``l;`, `a\\`', 'select 2']],
    ['comments', "select 'a' /* ; ' */, 'b';select 2;", ["select 'a' /* ; ' */, 'b'", 'select 2']],
    [
      'long comments',
      "/* *** ; ' *** ' ; **/ select 1 /* it's; longer than a look ahead */;",
      ["select 1 /* it's; longer than a look ahead */"],
    ],
    ['an optimizer hint', "select /*+ ' ; */ 5;", ["select /*+ ' ; */ 5"]],
    ['the shortest comments', "select /**/ 1 /*/ ; ' */;", ["select /**/ 1 /*/ ; ' */"]],
    ['line comments', "select 34 -- ' ;\n, 1 # ' ;\n, 2 --\n;", ["select 34 -- ' ;\n, 1 # ' ;\n, 2 --\n"]],
    ['minus minus', "select 10--1, '--' ;", ["select 10--1, '--' "]],
    ['a string in an executable comment', "/*!50000 select 'x;y' */;", ["/*!50000 select 'x;y' */"]],
    [
      'the delimiter in an executable comment',
      '/*!50000 select 1; select 2 */;',
      ['/*!50000 select 1', ' select 2 */'.trim()],
    ],
    ["the delimiter in MariaDB's executable comment", "select 6 /*M! ; + ';' */;", ['select 6 /*M! ', "+ ';' */"]],
    ['a comment in an executable comment', "/*!50000 a /* ' ; */ ,9 */;", ["/*!50000 a /* ' ; */ ,9 */"]],
    ['DELIMITER', 'delimiter $$\nselect 1; select 2$$\nDELIMITER ;\nselect 3;', ['select 1; select 2', 'select 3']],
    ['DELIMITER with more on its line', '  Delimiter ;; x\r\nselect 19;;', ['select 19']],
    ['DELIMITER in quotes', "delimiter ';;'\nselect 20;;", ['select 20']],
    ['a delimiter that starts like itself', 'DELIMITER $;$\nselect $$;$', ['select $']],
    ['DELIMITER within a statement', 'select 17\ndelimiter $$\n;', ['select 17\ndelimiter $$\n']],
    ['a word that starts like DELIMITER', 'delimiters;', ['delimiters']],
    ['a delimiter made of a comment mark', 'DELIMITER --\nselect 1 --select 2--', ['select 1 ', 'select 2']],
    ['lone delimiters', 'select 1;;\n;', ['select 1', '', '']],
    ['an escaped line end', "select 'a\\\n;';", ["select 'a\\\n;'"]],
    ['NULL as MariaDB writes it', 'select \\N;', ['select \\N']],
  ];
  it.each(cases)('%s', (_, dump, expected) => {
    expect(texts(dump)).toEqual(expected);
    expect(shape(pieces(dump, () => 1))).toEqual(shape(pieces(dump)));
  });

  it('reads quotes according to the sql_mode that the dump sets', () => {
    const dump = [
      "/*!50003 SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES' */ ;",
      `select 'C:\\', "a\\" ;`,
      `select 'D:\\';`,
      '/*!50003 SET sql_mode = @saved_sql_mode */ ;',
      "select 'it\\'s;' ;",
      "create procedure p() set sql_mode = 'NO_BACKSLASH_ESCAPES';",
      "select 'a\\';';",
      "SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='ANSI_QUOTES';",
      `select "a\\", 'it\\'s;';`,
      "SET SQL_MODE='NO_AUTO_VALUE_ON_ZERO,ANSI';", // with --compatible=ansi
      `select "b\\", ';';`,
    ].join('\n');
    expect(texts(dump).filter((text) => text.startsWith('select'))).toEqual([
      `select 'C:\\', "a\\" `,
      `select 'D:\\'`,
      "select 'it\\'s;' ",
      "select 'a\\';'",
      `select "a\\", 'it\\'s;'`,
      `select "b\\", ';'`,
    ]);
  });

  it('reports kinds, parts and lines', () => {
    const dump =
      '/*M!999999\\- enable the sandbox mode */ \n-- x\n\nselect\n1 ;\nDELIMITER ;;\n/* c\n */ select 2 ;;\n-- end';
    expect(
      shape(pieces(dump)).map(({ kind, leading, text, delimiter, line }) => [kind, leading, text, delimiter, line]),
    ).toEqual([
      ['sandbox-comment', '', '/*M!999999\\- enable the sandbox mode */', '', 1],
      ['statement', ' \n-- x\n\n', 'select\n1 ', ';', 4],
      ['delimiter-command', '\n', 'DELIMITER ;;', '', 6],
      ['statement', '\n/* c\n */ ', 'select 2 ', ';;', 8],
      ['trailer', '\n-- end', '', '', 9],
    ]);
  });

  it('returns a statement within one chunk without copying it', () => {
    const chunk = Buffer.from('select 1; select 2; -- and sixteen bytes more');
    const [, second] = new StatementReader().push(chunk);
    expect(second?.bytes.buffer).toBe(chunk.buffer);
  });

  it('recognises an escaped line end, for the client that mishandles it', () => {
    const [plain, escaped, doubled] = pieces("select 'a\nb';select 'a\\\nb';select 'a\\\\\nb';");
    expect([plain, escaped, doubled].map((piece) => piece?.hasEscapedNewline)).toEqual([false, true, false]);
    expect([plain, escaped, doubled].map((piece) => piece?.line)).toEqual([1, 2, 3]);
  });
});

describe('StatementReader refuses', () => {
  it.each([
    ['a statement', "select 1;\nselect 'x'", /middle of a statement \(line 2\)/],
    ['a string', "select 1;\n\nselect 'x;", /middle of a string \(line 3\)/],
    ['a string with the escape last', "select 'x\\", /middle of a string/],
    ['a comment', 'select 1; /* x *', /middle of a comment/],
    ['a comment in a statement', 'select 1 /* x', /middle of a comment/],
    ['a comment at the end of a statement', 'select 1 -- x', /middle of a statement/],
    ['the sandbox comment', '/*M!999999\\- enable', /middle of a statement/],
    ['half a comment mark', '/', /middle of a statement/],
  ])('a dump that ends within %s', (_, dump, message) => {
    for (const size of [1, 100]) {
      expect(() => pieces(dump, () => size)).toThrow(RestoreError);
      expect(() => pieces(dump, () => size)).toThrow(message);
    }
  });

  it.each([
    ['a shell command', 'select 1 \\! touch x\n;'],
    ['a client delimiter', 'select 13 \\g\n'],
    ['DELIMITER after a statement', 'select 1; DELIMITER $$\n'],
    ['DELIMITER after a comment', '/* c */ DELIMITER $$\n'],
    ['DELIMITER without a value', 'DELIMITER \nselect 1;'],
    ['DELIMITER with a backslash', 'DELIMITER \\\\\n'],
  ])('%s, which the clients read differently or not at all', (_, dump) => {
    for (const size of [1, 100]) {
      expect(() => pieces(dump, () => size)).toThrow(RestoreError);
      expect(() => pieces(dump, () => size)).toThrow(/^line 1: .*(DELIMITER|outside of a string)/);
    }
  });

  it('a statement that no server accepts, before it is all in memory', () => {
    const reader = new StatementReader({ maxStatementBytes: 1000 });
    expect(() => {
      for (let i = 0; i < 12; i++) reader.push(Buffer.from(i === 0 ? "insert '" : 'x'.repeat(100)));
    }).toThrow(/more than 1000 bytes/);
    expect(() => new StatementReader({ maxStatementBytes: 10 }).push(Buffer.from("select 'xxxxxxxxx';"))).toThrow(
      RestoreError,
    );
  });
});

describe('StatementReader returns the same pieces however a dump is cut', () => {
  const whole = (all: SqlStatement[]) => Buffer.concat(all.map((piece) => piece.bytes));

  it.each(['9b04', '9b06'] as const)('the real dump …%s', (id) => {
    const dump = fixtureDump(id);
    const expected = shape(pieces(dump));
    expect(expected.length).toBeGreaterThan(100);
    expect(expected.at(-1)?.leading).toContain('-- Dump completed');
    for (let seed = 1; seed <= 5; seed++) {
      const random = randomBelow(seed);
      const largest = [50, 300, 5000, 70_000, 500_000][seed - 1] as number;
      const cut = pieces(dump, () => 1 + random(largest));
      expect(whole(cut).equals(dump)).toBe(true);
      expect(shape(cut)).toEqual(expected);
    }
    const lines = dump.toString('latin1').split('\n');
    for (const { text, line } of expected) expect(lines[line - 1]).toContain(text.split('\n', 1)[0]);
  });

  it('random difficult statements', () => {
    const tokens = [
      ...[
        "'it\\'s;'",
        "'a''b;'",
        "'\\\\'",
        '"x;\\"y"',
        '`i;``d`',
        '`b\\`',
        "_binary '\\0\n\xff\xfe\\\\'",
        "''",
        "'--'",
        "'/*'",
      ],
      ...[
        '/* c ; \' " ` */',
        "/* ***** much longer; it's ** / */",
        '/**/',
        '/***/',
        '/*+ ; */',
        "-- it's;\n",
        '--\n',
        "# it's;\n",
        '/*!50001 a */',
        "/*M!100100 'x;' */",
      ],
      ...[
        '1-2',
        '1 - -2',
        'a/b',
        '*',
        'é世🚀',
        '0xAB',
        '\\N',
        '\n',
        ' ',
        '\t',
        'delimiter',
        '@a',
        '(',
        ')',
        '--5',
        '$',
        '|',
      ],
    ];
    const delimiters = [';', ';;', '$$', '//', '|', 'END_OF'];
    for (let seed = 1; seed <= 150; seed++) {
      const random = randomBelow(seed);
      const pick = (list: string[]) => list[random(list.length)] as string;
      const expected: string[] = [];
      let dump = '';
      let delimiter = ';';
      for (let n = 0; n < 12; n++) {
        if (random(4) === 0) {
          delimiter = pick(delimiters);
          dump += `\n${pick(['', ' ', '\t'])}${pick(['DELIMITER', 'delimiter', 'Delimiter'])} ${delimiter}${pick(['', ' ', ' x', '\r'])}\n`;
        }
        dump += pick(['', '\n', ' ', "/* lead; ' */", "-- lead'\n", "#'\n"]);
        const body = Array.from({ length: random(12) }, () => pick(tokens)).filter(
          (token) => !token.includes(delimiter),
        );
        const text = `select ${body.join(' ')} x `;
        if (text.includes(delimiter) && delimiter !== ';') continue;
        expected.push(text);
        dump += text + delimiter;
      }
      dump += pick(['', '\n', '-- end', '/* end */']);
      const bytes = Buffer.from(dump);
      const all = pieces(bytes);
      const found = all.filter((piece) => piece.kind === 'statement').map((piece) => piece.text.toString());
      // A ';' that the generator put into strings and comments ends no statement.
      expect(found).toEqual(expected);
      expect(whole(all).equals(bytes)).toBe(true);
      for (const largest of [1, 3, 20]) {
        expect(shape(pieces(bytes, () => 1 + random(largest)))).toEqual(shape(all));
      }
    }
  });

  it('a statement of 20 MB in chunks of 64 KiB, in linear time', () => {
    const dump = Buffer.from(`INSERT INTO \`t\` VALUES (1,'${"it\\'s; ".repeat(3_000_000)}');\nselect 1;`);
    expect(dump.length).toBeGreaterThan(20e6);
    const before = process.cpuUsage();
    const all = pieces(dump);
    const { user, system } = process.cpuUsage(before);
    expect(all.map((piece) => [piece.line, piece.text.length])).toEqual([
      [1, dump.length - 11],
      [2, 8],
    ]);
    expect((user + system) / 1e6).toBeLessThan(2); // 0.3 s of CPU; copying everything again for each chunk would be 3 GB of it
  });
});

it('refuses a nested comment before a statement, because the clients would miss the delimiter', () => {
  for (const dump of ['SELECT 1;/*\n/*!40111 SET x */;\n', '/* a\n/* b */ SELECT 1;', 'SELECT 1;\n/*/*! */;']) {
    for (const size of [1, 3, 1000])
      expect(() => pieces(dump, () => size)).toThrow(/line \d: a comment in another one: not accepted/);
  }
  for (const dump of ['/* a *//* b */ SELECT 1;', '/* a / * b **/ SELECT 1 /* c /*! d */;', '/*/ a */ SELECT 1;']) {
    for (const size of [1, 3, 1000]) expect(() => pieces(dump, () => size)).not.toThrow();
  }
});
