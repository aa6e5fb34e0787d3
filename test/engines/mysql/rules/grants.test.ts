import { describe, expect, it } from 'vitest';
import { Grants } from '../../../../lib/engines/mysql/rules/grants.ts';

const U = 'TO `u`@`%`';

/** Lines as servers write them, and whether they grant CREATE VIEW on the database `my_shop`. */
describe('CREATE VIEW on my_shop', () => {
  it.each<[boolean, ...string[]]>([
    [false],
    [false, `GRANT USAGE ON *.* ${U}`],
    [true, `GRANT SELECT, CREATE VIEW, DROP ON *.* ${U} WITH GRANT OPTION`],
    [true, "GRANT ALL PRIVILEGES ON *.* TO `root`@`%` IDENTIFIED BY PASSWORD '*D82' WITH GRANT OPTION"],
    [true, `GRANT ALL PRIVILEGES ON \`my_shop\`.* ${U}`],
    [true, `GRANT create view ON "my_shop".* ${U}`],
    [false, `GRANT CREATE ON \`my_shop\`.* ${U}`],
    [false, `GRANT VIEW ON \`my_shop\`.* ${U}`, `GRANT CREATE ON \`my_shop\`.* ${U}`],
    [true, `GRANT CREATE VIEW ON \`my\\_shop\`.* ${U}`],
    [true, `GRANT CREATE VIEW ON \`%\`.* ${U}`],
    [true, `GRANT CREATE VIEW ON \`my%\`.* ${U}`],
    [true, `GRANT CREATE VIEW ON \`my__hop\`.* ${U}`],
    [false, `GRANT CREATE VIEW ON \`my\\__hop\\_\`.* ${U}`],
    [false, `GRANT CREATE VIEW ON \`my.shop\`.* ${U}`],
    [false, `GRANT CREATE VIEW ON \`my_shop_2\`.* ${U}`],
    [false, `GRANT CREATE VIEW ON \`my\\%\`.* ${U}`],
    [false, `GRANT CREATE VIEW ON \`my_shop\`.\`t\` ${U}`],
    [false, `GRANT SELECT (\`create view\`), INSERT ON \`my_shop\`.\`t\` ${U}`],
    [false, `GRANT EXECUTE ON PROCEDURE \`my_shop\`.\`p\` ${U}`],
    [false, 'GRANT `create view`@`%` TO `u`@`%`'],
    // the database's own name takes precedence over a pattern
    [false, `GRANT CREATE VIEW ON \`my%\`.* ${U}`, `GRANT SELECT ON \`my\\_shop\`.* ${U}`],
    [true, `GRANT CREATE VIEW ON *.* ${U}`, `GRANT SELECT ON \`my\\_shop\`.* ${U}`],
    // … only for the same grantee
    [true, 'GRANT CREATE VIEW ON `my%`.* TO `loader`', `GRANT SELECT ON \`my\\_shop\`.* ${U}`],
    // partial revokes of MySQL
    [false, `GRANT CREATE VIEW ON *.* ${U}`, 'REVOKE CREATE VIEW ON `my\\_shop`.* FROM `u`@`%`'],
    [true, `GRANT CREATE VIEW ON *.* ${U}`, 'REVOKE CREATE VIEW ON `mysql`.* FROM `u`@`%`'],
    [true, `GRANT CREATE VIEW ON *.* ${U}`, 'REVOKE CREATE ON `my\\_shop`.* FROM `u`@`%`'],
  ])('%s: %j', (granted, ...lines) => {
    expect(new Grants(lines, 'my_shop').has('CREATE VIEW')).toBe(granted);
  });
});

it('accepts names with quotes and characters that are special in a regular expression', () => {
  const lines = [`GRANT DROP ON \`a\`\`b.c(%\`.* ${U}`];
  expect(new Grants(lines, 'a`b.c(d').has('DROP')).toBe(true);
  expect(new Grants(lines, 'a`bxc(d').has('DROP')).toBe(false);
});

it('applies only global grants to every database', () => {
  const grants = new Grants(
    [`GRANT CREATE ON *.* ${U}`, `GRANT DROP ON \`shop\`.* ${U}`, `GRANT ALTER ON \`%\`.* ${U}`],
    null,
  );
  expect(['CREATE', 'DROP', 'ALTER'].map((privilege) => grants.has(privilege))).toEqual([true, false, false]);
});

it('knows privileges that exist only globally', () => {
  const grants = new Grants([`GRANT ALL PRIVILEGES ON \`shop\`.* ${U}`], 'shop');
  expect([grants.has('SUPER'), grants.hasGlobal('SUPER')]).toEqual([true, false]);
  expect(new Grants([`GRANT SET USER, SUPER ON *.* ${U}`], 'shop').hasGlobal('SET USER')).toBe(true);
});
